// Reads a scenario from a YAML file and from the command line's overrides, and says what is wrong in one sentence
// that names the field (and, in a file, the line).
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { scenarioProblems } from './checks.ts'
import { bareNumbers } from './json-schema.ts'
import { type Problem, problemsOf, valueAt } from './problem.ts'
import { ROUNDS_SYNC, type Scenario, type ScenarioInput, scenarioSchema } from './schema.ts'
import { bareProblem } from './units.ts'

/** The user's mistake; the message is for them. */
export class ScenarioError extends Error {
  readonly code = 'bad-scenario'
  /** All that is wrong, a sentence each, by line; the message is the first. */
  readonly problems: readonly string[]
  constructor(message: string, problems: readonly string[] = [message]) {
    super(message)
    this.name = 'ScenarioError'
    this.problems = problems
  }
}

export interface ScenarioSource {
  /** YAML text and the name to call it by in messages. */
  readonly file?: { readonly name: string; readonly text: string }
  /** Later ones win. */
  readonly overrides?: readonly Override[]
}

export interface Override {
  /** Dotted, as in `--set block.interval=5s`; an item of a list by its place, from 0. */
  readonly path: string
  /** Text is read as a YAML scalar, or as a list or group in brackets. */
  readonly value: string | number | boolean
  /** What to call the field in messages, such as the flag that set it; the path when absent. */
  readonly name?: string
}

type Plain = { [key: string]: unknown }

/** The scenario with every default filled in. Throws `ScenarioError`. */
export function loadScenario(source: ScenarioSource = {}): Scenario {
  const lines = new LineCounter()
  const document = parseDocument(source.file?.text ?? '', { lineCounter: lines, prettyErrors: false })
  const name = source.file?.name ?? 'scenario'
  const broken = document.errors[0]
  if (broken !== undefined) {
    throw new ScenarioError(`${name}:${lines.linePos(broken.pos[0]).line}: ${broken.message}`)
  }
  const fields: unknown = document.toJS() ?? {}
  if (!isPlain(fields)) throw new ScenarioError(`${name}: a scenario is a map of fields`)
  const overridden = new Map<string, string>()
  for (const { path, value, name: called = path } of source.overrides ?? []) {
    setPath(fields, path, typeof value === 'string' ? parseValue(value) : value)
    overridden.set(path, called)
  }
  fields.name ??= source.file === undefined ? undefined : nameOf(source.file.name)
  const result = check(fields, bareProblems(fields))
  if ('scenario' in result) return result.scenario
  const said = result.problems.map(({ path, text }) => {
    const called = calledBy(path, overridden)
    if (called !== undefined || source.file === undefined)
      return { line: 0, text: `${called ?? path.join('.')}${text}` }
    const offset = offsetOf(document.contents, path)
    const line = offset === undefined ? 0 : lines.linePos(offset).line
    return { line, text: `${name}:${line === 0 ? '' : `${line}:`} ${path.join('.')}${text}` }
  })
  throw problemsError(said.toSorted((a, b) => a.line - b.line).map(({ text }) => text))
}

/** A scenario from code, where numbers are milliseconds and bits per second. Throws `ScenarioError`. */
export function parseScenario(input: ScenarioInput): Scenario {
  const result = check(input)
  if ('scenario' in result) return result.scenario
  throw problemsError(result.problems.map(({ path, text }) => `${path.join('.')}${text}`))
}

/** What a file is called, as a name: `/tmp/My world.yaml` → `my-world`. */
function nameOf(file: string): string | undefined {
  const stem = /([^/\\]*?)(\.ya?ml)?$/.exec(file)?.[1] ?? ''
  const name = stem
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return name === '' ? undefined : name
}

function problemsError(problems: readonly string[]): ScenarioError {
  return new ScenarioError(problems[0] ?? 'the scenario is not valid', problems)
}

/** The scenario as a YAML file that gives the same one. */
export function formatScenario(scenario: Scenario): string {
  return stringify(scenarioFields(scenario))
}

/** The scenario's fields as a file has them: durations and rates are text with a unit. */
export function scenarioFields(scenario: Scenario): ScenarioInput {
  return z.encode(scenarioSchema, scenario)
}

/** Of several problems with one field the first is told. */
function check(fields: unknown, found: readonly Problem[] = []): { scenario: Scenario } | { problems: Problem[] } {
  const parsed = scenarioSchema.safeParse(withRounds(fields))
  if (parsed.success && found.length === 0) {
    const problems = scenarioProblems(parsed.data)
    return problems.length === 0 ? { scenario: parsed.data } : { problems }
  }
  const byField = new Map<string, Problem>()
  for (const problem of [...found, ...(parsed.success ? [] : problemsOf(parsed.error, fields))]) {
    const field = problem.path.join('.')
    if (!byField.has(field)) byField.set(field, problem)
  }
  return { problems: [...byField.values()] }
}

/** The defaults of `sync` where blocks and transactions travel in its rounds. */
function withRounds(fields: unknown): unknown {
  if (!isPlain(fields) || fields.relay !== 'rounds') return fields
  const { sync = {} } = fields
  return isPlain(sync) ? { ...fields, sync: { ...ROUNDS_SYNC, ...sync } } : fields
}

/** Code may give plain numbers; a person who leaves the unit out means something else. */
function bareProblems(fields: Plain): Problem[] {
  return bareNumbers(fields).map(({ path, kind }) => ({
    path,
    text: ` ${bareProblem(kind, String(valueAt(fields, path)))}`
  }))
}

/** What someone called the field, or the group that they gave whole: `--latency`, `--set faults → 0.at`. */
function calledBy(path: readonly string[], overridden: ReadonlyMap<string, string>): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const called = overridden.get(path.slice(0, length).join('.'))
    if (called === undefined) continue
    return length === path.length ? called : `${called}: ${path.slice(length).join('.')}`
  }
  return undefined
}

/** Where in the text a field begins, or what it should be in. */
function offsetOf(root: Node | null, path: readonly string[]): number | undefined {
  let node: unknown = root
  let offset = root?.range?.[0]
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key: own }) => isScalar(own) && String(own.value) === key)
      if (pair === undefined) break
      if (isNode(pair.key) && pair.key.range != null) offset = pair.key.range[0]
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      if (isNode(node) && node.range != null) offset = node.range[0]
    } else break
  }
  return offset
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A number, a truth value, a list or a group as YAML reads it; anything else is text. */
function parseValue(text: string): unknown {
  const value: unknown = parseDocument(text).toJS()
  if (typeof value === 'number' || typeof value === 'boolean') return value
  return typeof value === 'object' && value !== null && /^\s*[[{]/.test(text) ? value : text
}

function setPath(root: Plain, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop()
  if (last === undefined || [...keys, last].some((key) => !/^([A-Za-z][A-Za-z0-9-]*|\d+)$/.test(key))) {
    throw new ScenarioError(`--set ${path}: not a field path (write block.interval=5s)`)
  }
  let at = root
  for (const [i, key] of keys.entries()) {
    requireItem(at, key, path)
    if (at[key] === undefined && /^\d+$/.test([...keys, last][i + 1] ?? '')) {
      const list = keys.slice(0, i + 1).join('.')
      throw new ScenarioError(
        `--set ${path}: there is nothing in ${list} yet; give the whole list: --set '${list}=[…]'`
      )
    }
    const next = at[key] ?? {}
    if (typeof next !== 'object' || next === null) {
      throw new ScenarioError(`--set ${path}: ${key} is not a group of fields`)
    }
    at[key] = next
    at = next as Plain
  }
  requireItem(at, last, path)
  at[last] = value
}

/** In a list only what is there can be set. */
function requireItem(group: Plain, key: string, path: string): void {
  if (!Array.isArray(group) || Number(key) < group.length) return
  throw new ScenarioError(`--set ${path}: the list has ${group.length} items, counted from 0`)
}
