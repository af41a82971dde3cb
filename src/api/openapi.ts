// The OpenAPI 3.1 document of a list of routes, made from the schemas that check requests and type the answers.
import { z } from 'zod'
import type { Answer, Route } from './route.ts'
import { errorView } from './schemas.ts'

type Json = Record<string, unknown>

export interface DocumentInfo {
  readonly title: string
  readonly description: string
  readonly version: string
}

/** Statuses any route can answer with, and what they mean. */
const FAULTS: Readonly<Record<number, string>> = {
  400: 'A parameter or the body is malformed',
  401: 'The token is missing or wrong (APIs that do not listen on loopback)',
  403: 'The Host header is foreign, or another web site sent the request',
  404: 'Unknown',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The node refuses it; the code says why',
  500: 'The node failed to answer',
  503: 'Not now'
}
const FAULTS_OF_ANY = [401, 403, 500]

/** Plain data, ready for JSON. Named schemas (`.meta({ id })`) become components. */
export function openApiDocument<C>(info: DocumentInfo, routes: readonly Route<C>[]): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, components) }
  }
  return {
    openapi: '3.1.1',
    info,
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } }
    }
  }
}

function operation<C>(route: Route<C>, components: Components): Json {
  const parameters = [
    ...parametersOf(route.params, 'path', components),
    ...parametersOf(route.query, 'query', components)
  ]
  const malformed = parameters.length > 0 || route.body !== undefined ? [400] : []
  const body = route.body === undefined ? [] : [413, 415]
  const faults = [...new Set([...malformed, ...body, ...FAULTS_OF_ANY, ...route.faults])].sort((a, b) => a - b)
  const error = { 'application/json': { schema: components.reference(errorView) } }
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: components.reference(route.body) } }
          }
        }),
    responses: {
      [route.answer.status]: { description: route.summary, content: contentOf(route.answer, components) },
      ...Object.fromEntries(faults.map((status) => [status, { description: FAULTS[status], content: error }]))
    }
  }
}

/** `GET /v1/blocks/:id` → `getV1BlocksById`. */
function operationId<C>(route: Route<C>): string {
  const words = route.path
    .replaceAll(':', 'by/')
    .split(/[^a-z0-9]+/i)
    .filter((word) => word !== '')
  return route.method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

function parametersOf(shape: z.ZodObject | undefined, place: 'path' | 'query', components: Components): Json[] {
  return Object.entries(shape?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(schema, undefined).success,
    schema: components.reference(schema),
    // Lists are written `a,b`.
    ...(place === 'query' ? { style: 'form', explode: false } : {})
  }))
}

function contentOf(answer: Answer, components: Components): Json {
  switch (answer.type) {
    case 'json':
      return { 'application/json': { schema: components.reference(answer.schema) } }
    case 'text':
      return { [answer.media]: { schema: { type: 'string' } } }
    case 'events':
      return {
        'text/event-stream': {
          schema: {
            type: 'string',
            description:
              'Each message carries one event: `event` is its type, `id` increases, `data` is the JSON. ' +
              'A message `dropped` with `{"count": n}` says that this reader was too slow for n events.',
            contentMediaType: 'application/json',
            contentSchema: components.reference(answer.schema)
          }
        }
      }
    case 'updates':
      return {
        'text/event-stream': {
          schema: {
            type: 'string',
            description:
              'Each message carries one update: `id` is its `seq`, `data` is the JSON. The first ones make up everything ' +
              'that is known (`reset`); so do later ones when this reader was too slow.',
            contentMediaType: 'application/json',
            contentSchema: components.reference(answer.schema)
          }
        }
      }
  }
}

/** Collects named schemas as they are referred to. */
class Components {
  readonly schemas: Record<string, unknown> = {}
  readonly #references = new Map<z.core.$ZodType, unknown>()

  reference(schema: z.core.$ZodType): unknown {
    const known = this.#references.get(schema) ?? this.#convert(schema)
    this.#references.set(schema, known)
    return known
  }

  #convert(schema: z.core.$ZodType): unknown {
    // zod inlines the root of what it converts; as a property, a named schema becomes a reference.
    const root = z.toJSONSchema(z.object({ it: schema }), { target: 'draft-2020-12' })
    const text = JSON.stringify(root).replaceAll('"#/$defs/', '"#/components/schemas/')
    const { properties, $defs = {} } = JSON.parse(text) as { properties: { it: unknown }; $defs?: Json }
    for (const [name, { id: _, ...definition }] of Object.entries($defs as Record<string, Json>)) {
      this.schemas[name] = definition
    }
    return properties.it
  }
}
