// Checks what a request carries against its route's schemas; whatever is wrong becomes one sentence.
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { HttpFault } from './fault.ts'
import type { Input, Route } from './route.ts'

const NOTHING = z.strictObject({})

/** Throws `HttpFault` (`bad-parameter`, `unknown-parameter`, `bad-body`). */
export function parseInput<C>(route: Route<C>, request: FastifyRequest): Omit<Input, 'signal'> {
  return {
    params: parse(route.params ?? NOTHING, request.params),
    query: parse(route.query ?? NOTHING, request.query),
    body: route.body === undefined ? undefined : parseBody(route.body, request.body)
  }
}

function parse(schema: z.ZodObject, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape)
    throw new HttpFault(
      400,
      'unknown-parameter',
      `Unknown parameter "${issue.keys[0]}".`,
      known.length === 0 ? 'This route takes none.' : `This route takes: ${known.join(', ')}.`
    )
  }
  throw new HttpFault(400, 'bad-parameter', `"${String(issue?.path[0])}" must be ${issue?.message}.`)
}

function parseBody(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const message =
    issue === undefined || issue.path.length === 0
      ? `The body must be a JSON object${issue?.code === 'unrecognized_keys' ? ` without "${issue.keys[0]}"` : ''}.`
      : `"${issue.path.join('.')}" must be ${issue.message}.`
  throw new HttpFault(400, 'bad-body', message)
}
