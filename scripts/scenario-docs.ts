// The tables of docs/scenarios.md and testnet/scenario.schema.json, from the scenario's own schema: each rule is told in
// one place. Run by `npm run generate`; test/scenario/generated.test.ts fails when they are out of step.
import { readFileSync, writeFileSync } from 'node:fs'
import { annotatedSchema, type JsonSchema, scenarioJsonSchema } from '../src/scenario/json-schema.ts'

const root = new URL('..', import.meta.url).pathname
export const SCHEMA_FILE = 'testnet/scenario.schema.json'
export const PAGE = 'docs/scenarios.md'

export const schemaText = (): string => `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`

/** The page with its tables made anew. */
export function pageText(page: string): string {
  const tables = { fields: fieldTable(), faults: faultTable() }
  return Object.entries(tables).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
        (_, open, close) => `${open}\n${table}\n${close}`
      ),
    page
  )
}

function fieldTable(): string {
  const rows = fieldsIn(annotatedSchema(), '').map(
    ({ path, field }) => `| \`${path}\` | ${kindOf(field)} | ${defaultOf(field)} | ${cell(field.description ?? '')} |`
  )
  return ['| field | value | default | |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function faultTable(): string {
  const faults = annotatedSchema().properties?.faults?.items
  const kinds = typeof faults === 'object' ? (faults.oneOf ?? []) : []
  const rows = kinds.map(({ properties = {}, required = [], description = '' }) => {
    const fields = Object.keys(properties).filter((name) => name !== 'do')
    const shown = fields.map((name) => (required.includes(name) ? `\`${name}\`` : `\`${name}\`?`)).join(', ')
    return `| \`${properties.do?.const}\` | ${shown} | ${cell(description)} |`
  })
  const head = ['| `do` | fields (`?`: may be absent) | |', '| --- | --- | --- |']
  return [
    ...head,
    ...rows,
    '',
    '| field | value | default | |',
    '| --- | --- | --- | --- |',
    ...faultFields(kinds),
    ''
  ].join('\n')
}

/** Fields of faults, those that mean the same in several of them once. */
function faultFields(kinds: readonly JsonSchema[]): string[] {
  const owners = new Map<string, { name: string; of: string[] }>()
  for (const { properties = {} } of kinds) {
    const { do: kind, ...fields } = properties
    for (const [name, field] of Object.entries(fields)) {
      const text = ` ${ABOUT_NODES.has(name) ? '' : kindOf(field)} | ${defaultOf(field)} | ${cell(field.description ?? '')} |`
      const known = owners.get(`${name} ${text}`) ?? { name, of: [] }
      owners.set(`${name} ${text}`, { ...known, of: [...known.of, String(kind?.const)] })
    }
  }
  return [...owners].map(([key, { name, of }]) => {
    const whose = of.length === 1 ? ` of \`${of[0]}\`` : ''
    return `| \`${name}\`${whose} |${key.slice(name.length + 1)}`
  })
}

/** Their values are told in words. */
const ABOUT_NODES: ReadonlySet<string> = new Set(['nodes', 'except', 'groups'])

/** Every field that is no group of others; the fields of lists once, with `[]`. */
function fieldsIn(schema: JsonSchema, path: string): { path: string; field: JsonSchema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const own = path === '' ? name : `${path}.${name}`
    if (field.properties !== undefined) return fieldsIn(field, own)
    const groups = (field.anyOf ?? [field]).map(({ items }) => (items === false ? undefined : items))
    const group = groups.find((items) => items?.properties !== undefined)
    return [{ path: own, field }, ...(group === undefined ? [] : fieldsIn(group, `${own}[]`))]
  })
}

function kindOf(field: JsonSchema): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ')
  if (field.anyOf !== undefined) return field.anyOf.map(kindOf).join('; or ')
  if (field.type === 'array') return 'list'
  if (field.type === 'object') return 'group'
  if (field.type === 'string') return field.examples === undefined ? 'text' : inCode(field.examples)
  const what = field.type === 'integer' ? 'whole number' : 'number'
  const { minimum, maximum } = field
  if (minimum === undefined) return what
  return maximum === undefined ? `${what} from ${minimum}` : `${what}, ${minimum} to ${maximum.toLocaleString('en')}`
}

const inCode = (examples: readonly string[]): string => examples.map((example) => `\`${example}\``).join(', ')

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? 'none' : `\`${value}\``
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

if (import.meta.main) {
  writeFileSync(`${root}${SCHEMA_FILE}`, schemaText())
  writeFileSync(`${root}${PAGE}`, pageText(readFileSync(`${root}${PAGE}`, 'utf8')))
}
