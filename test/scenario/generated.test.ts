// What is made from the scenario's schema is in step with it, and what is shipped is right.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { PAGE, pageText, SCHEMA_FILE, schemaText } from '../../scripts/scenario-docs.ts'
import { annotatedSchema, type JsonSchema } from '../../src/scenario/json-schema.ts'
import { loadScenario, MISBEHAVIOURS, parseScenario, scenarioFields } from '../../src/scenario/index.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('what is generated from the scenario schema', () => {
  it('is in step: else run npm run generate', () => {
    equal(read(SCHEMA_FILE), schemaText())
    equal(read(PAGE), pageText(read(PAGE)))
  })

  it('has an example that is a scenario', () => {
    const examples = [...read(PAGE).matchAll(/```yaml\n(name: .*?)```/gs)].map(([, text = '']) => text)
    equal(examples.length, 1)
    for (const text of examples) equal(loadScenario({ file: { name: PAGE, text } }).name, 'two-islands')
  })

  it('says of every role what it does', () => {
    const told = [...read(PAGE).matchAll(/^\| `([a-z-]+)` \| [^|]+ \| (?:`|nothing)[^|]* \|$/gm)].map(
      ([, role]) => role
    )
    deepEqual(told, MISBEHAVIOURS)
  })

  it('describes every field', () => {
    const silent: string[] = []
    const visit = (schema: JsonSchema, path: string): void => {
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        if (field.description === undefined && field.const === undefined) silent.push(`${path}.${name}`)
        visit(field, `${path}.${name}`)
      }
      if (typeof schema.items === 'object') visit(schema.items, `${path}[]`)
      for (const option of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) visit(option, path)
    }
    visit(annotatedSchema(), '')
    deepEqual(silent, [])
  })

  it('gives the defaults as a file has them', () => {
    const differing: string[] = []
    const visit = (schema: JsonSchema, value: unknown, path: string): void => {
      if (schema.properties === undefined) {
        if (JSON.stringify(schema.default) !== JSON.stringify(value)) differing.push(path)
        return
      }
      for (const [name, field] of Object.entries(schema.properties)) {
        visit(field, (value as Record<string, unknown> | undefined)?.[name], `${path}.${name}`)
      }
    }
    visit(annotatedSchema(), scenarioFields(parseScenario({})), '')
    deepEqual(differing, [])
  })
})

describe('a scenario that comes with Starling', () => {
  const names = readdirSync(new URL('../../testnet/', import.meta.url)).filter((name) => name.endsWith('.yaml'))
  /** Where to start, and what is compared by hand: they expect nothing. */
  const plain = new Set(['local.yaml', 'slow-links.yaml', 'steady-beat.yaml', 'compact-vs-full.yaml'])

  for (const name of names) {
    it(`${name} is right, says what it shows, and what it expects`, () => {
      const text = read(`testnet/${name}`)
      const scenario = loadScenario({ file: { name, text } })
      equal(`${scenario.name}.yaml`, name)
      ok(/^# Shows: /m.test(text))
      ok(plain.has(name) || (scenario.expect.length > 0 && /\nexpect:\n( {2}- .*\n)+$/.test(text)))
      ok(plain.has(name) || read(PAGE).includes(`### ${scenario.name}\n`), `${PAGE} has no section on it`)
    })
  }

  it('is there for each lesson', () => ok(names.length >= 14))
})
