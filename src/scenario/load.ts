// Reads a scenario from a YAML file and from the command line's overrides, and says what is wrong in one sentence
// that names the field (and, in a file, the line).
import { isMap, isNode, LineCounter, parseDocument, stringify } from 'yaml'
import type { z } from 'zod'
import { type Scenario, scenarioSchema } from './schema.ts'

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
  /** Dotted paths to values, as of `--set block.interval=5s`; later ones win. Text is read as YAML scalars. */
  readonly overrides?: readonly { readonly path: string; readonly value: string | number | boolean }[]
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
  for (const { path, value } of source.overrides ?? []) {
    setPath(fields, path, typeof value === 'string' ? parseScalar(value) : value)
    overridden.set(path, String(value))
  }
  const parsed = scenarioSchema.safeParse(fields)
  if (parsed.success) return parsed.data
  const issue = firstIssue(parsed.error)
  const path = issue.path.join('.')
  if (overridden.has(path) || source.file === undefined) throw new ScenarioError(`${path}: ${issue.message}`)
  const node = document.getIn(issue.path, true) ?? (isMap(document.contents) ? document.contents : undefined)
  const line = isNode(node) && node.range != null ? `${lines.linePos(node.range[0]).line}: ` : ' '
  throw new ScenarioError(`${name}:${line}${path}: ${issue.message}`)
}

/** The scenario as a YAML file that gives the same one. */
export function formatScenario(scenario: Scenario): string {
  return stringify(scenario)
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

function firstIssue(error: z.ZodError): { path: string[]; message: string } {
  const issue = error.issues[0]
  const path = (issue?.path ?? []).map(String)
  if (issue?.code === 'unrecognized_keys') {
    return { path: [...path, String(issue.keys[0])], message: 'unknown field' }
  }
  return { path, message: issue?.message ?? 'invalid' }
}
