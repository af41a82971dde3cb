// The scenario's JSON Schema: what editors complete and check by, and what we look up when we say what is wrong.
import { z } from 'zod'
import { scenarioSchema } from './schema.ts'
import { type TextForm, textForms } from './units.ts'

/** The part of JSON Schema that the scenario's uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly examples?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema | false
  readonly prefixItems?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  /** Ours: a number here lacks its unit. */
  readonly bare?: TextForm['bare']
}

let cached: JsonSchema | undefined

/** With our own `bare`, for look-ups. Made once. */
export function annotatedSchema(): JsonSchema {
  cached ??= z.toJSONSchema(scenarioSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const form = textForms.get(zodSchema)
      if (form !== undefined) {
        const { description, default: given } = jsonSchema
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema]
        Object.assign(jsonSchema, shapeOf(form), description === undefined ? {} : { description })
        if (given !== undefined) jsonSchema.default = given
      }
      // A codec's default is its number; a file has its text.
      const { def } = zodSchema._zod
      if (def.type === 'default' && textForms.get(def.innerType) !== undefined) {
        jsonSchema.default = z.encode(def.innerType, def.defaultValue) as string
      }
      // So is the empty list of things with units.
      if (def.type === 'default' && Array.isArray(def.defaultValue)) jsonSchema.default = def.defaultValue
      // zod bounds every integer by what a double holds.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    }
  }) as JsonSchema
  return cached
}

function shapeOf({ numbersMax, ...text }: TextForm): JsonSchema {
  const asText = { type: 'string', ...text }
  if (numbersMax === undefined) return asText
  return { anyOf: [{ type: 'number', minimum: 0, maximum: numbersMax }, asText] }
}

/** The JSON Schema for editors, as `starling scenario schema` prints it. */
export function scenarioJsonSchema(): object {
  const title = { title: 'Starling scenario', description: 'A run of a Starling network: docs/scenarios.md' }
  const plain = JSON.parse(JSON.stringify(annotatedSchema(), (key, value) => (key === 'bare' ? undefined : value)))
  return { $schema: plain.$schema, ...title, ...plain, ...title }
}

/** The schemas that may describe what is at `path` of `fields`: unions are followed, faults by what they `do`. */
function schemasAt(path: readonly string[], fields: unknown): JsonSchema[] {
  let schemas = optionsOf(annotatedSchema(), fields)
  let value = fields
  for (const key of path) {
    value = childOf(value, key)
    schemas = schemas.flatMap((schema) => childSchemas(schema, key)).flatMap((schema) => optionsOf(schema, value))
  }
  return schemas
}

/** Names of the fields that can be at `path`. */
export function fieldsAt(path: readonly string[], fields: unknown): string[] {
  return [...new Set(schemasAt(path, fields).flatMap(({ properties = {} }) => Object.keys(properties)))]
}

/** A number that lacks its unit. */
export interface BareNumber {
  readonly path: readonly string[]
  readonly kind: NonNullable<TextForm['bare']>
}

/** Every number that lacks its unit. */
export function bareNumbers(fields: unknown): BareNumber[] {
  return bareIn(fields, optionsOf(annotatedSchema(), fields), [])
}

function bareIn(value: unknown, schemas: readonly JsonSchema[], path: readonly string[]): BareNumber[] {
  if (typeof value === 'number') {
    const kind = schemas.find(({ bare }) => bare !== undefined)?.bare
    const isNumber = schemas.some(({ type }) => type === 'number' || type === 'integer')
    return value === 0 || kind === undefined || isNumber ? [] : [{ path, kind }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const options = schemas.flatMap((schema) => childSchemas(schema, key)).flatMap((schema) => optionsOf(schema, child))
    return bareIn(child, options, [...path, key])
  })
}

/** A schema's alternatives; of those with a `do` only the one of this value. */
function optionsOf(schema: JsonSchema, value: unknown): JsonSchema[] {
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  if (options.length === 0) return [schema]
  const does = childOf(value, 'do')
  const fits = ({ properties }: JsonSchema): boolean =>
    properties?.do?.const === undefined || properties.do.const === does
  return options.filter(fits).flatMap((option) => optionsOf(option, value))
}

function childSchemas({ properties, additionalProperties, items, prefixItems }: JsonSchema, key: string): JsonSchema[] {
  const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
  if (own !== undefined) return [own]
  if (typeof additionalProperties === 'object') return [additionalProperties]
  const item = prefixItems?.[Number(key)] ?? items
  return item === undefined || item === false ? [] : [item]
}

function childOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
}
