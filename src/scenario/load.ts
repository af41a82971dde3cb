// Reads a scenario from a YAML file and from the command line's overrides, and says what is wrong in one sentence
// that names the field (and, in a file, the line).
import { isMap, isNode, LineCounter, parseDocument, stringify } from 'yaml'
import { firstProblem, type Problem } from './problem.ts'
import { DURATION_FIELDS, type Scenario, scenarioSchema } from './schema.ts'
import { durationProblem, formatDuration, formatRange, type RangeMs } from './units.ts'

/** The user's mistake; the message is for them. */
export class ScenarioError extends Error {
  readonly code = 'bad-scenario'
  constructor(message: string) {
    super(message)
    this.name = 'ScenarioError'
  }
}

export interface ScenarioSource {
  /** YAML text and the name to call it by in messages. */
  readonly file?: { readonly name: string; readonly text: string }
  /** Later ones win. */
  readonly overrides?: readonly Override[]
}

export interface Override {
  /** Dotted, as in `--set block.interval=5s`. */
  readonly path: string
  /** Text is read as a YAML scalar. */
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
    setPath(fields, path, typeof value === 'string' ? parseScalar(value) : value)
    overridden.set(path, called)
  }
  const parsed = scenarioSchema.safeParse(fields)
  const problem = parsed.success ? bareDuration(fields) : firstProblem(parsed.error, (path) => valueAt(fields, path))
  if (parsed.success && problem === undefined) return parsed.data
  const { path, text } = problem ?? { path: [], text: ' is not valid' }
  const dotted = path.join('.')
  const called = overridden.get(dotted)
  if (called !== undefined || source.file === undefined) throw new ScenarioError(`${called ?? dotted}${text}`)
  const node = document.getIn(path, true) ?? (isMap(document.contents) ? document.contents : undefined)
  const line = isNode(node) && node.range != null ? `${lines.linePos(node.range[0]).line}: ` : ' '
  throw new ScenarioError(`${name}:${line}${dotted}${text}`)
}

/** The scenario as a YAML file that gives the same one. */
export function formatScenario(scenario: Scenario): string {
  return stringify(scenarioFields(scenario))
}

/** The scenario's fields as a file has them: durations are text with a unit. */
export function scenarioFields(scenario: Scenario): object {
  const fields = structuredClone(scenario) as Plain
  for (const path of DURATION_FIELDS) {
    const ms = valueAt(fields, path)
    if (typeof ms === 'number') setPath(fields, path.join('.'), formatDuration(ms))
    else if (isPlain(ms)) setPath(fields, path.join('.'), formatRange(ms as unknown as RangeMs))
  }
  return fields
}

/** Code may give durations as milliseconds; a person who leaves the unit out means something else. */
function bareDuration(fields: Plain): Problem | undefined {
  for (const path of DURATION_FIELDS) {
    const value = valueAt(fields, path)
    if (typeof value === 'number' && value !== 0) return { path, text: ` ${durationProblem(String(value))}` }
  }
  return undefined
}

function valueAt(fields: Plain, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isPlain(at) ? at[key] : undefined), fields)
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseScalar(text: string): unknown {
  const value: unknown = parseDocument(text).toJS()
  return typeof value === 'number' || typeof value === 'boolean' ? value : text
}

function setPath(root: Plain, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop()
  if (last === undefined || [...keys, last].some((key) => !/^[A-Za-z][A-Za-z0-9]*$/.test(key))) {
    throw new ScenarioError(`--set ${path}: not a field path (write block.interval=5s)`)
  }
  let at = root
  for (const key of keys) {
    const next = at[key] ?? {}
    if (!isPlain(next)) throw new ScenarioError(`--set ${path}: ${key} is not a group of fields`)
    at[key] = next
    at = next
  }
  at[last] = value
}
