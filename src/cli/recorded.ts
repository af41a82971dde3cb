// A run's directory as a timeline: its traces, combined as if they came live, with the faults of its report in between.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Combiner, type LiveRun, Timeline, type NodeState } from '../api/index.ts'
import { FINISHED_LIMITS, FINISHED_PAIRS_MAX, type TimelineLimits } from '../config/index.ts'
import { type FaultMark, type Report, readReport } from '../report/index.ts'
import { nodeNames, rolesOf, type Scenario } from '../scenario/index.ts'
import { type FaultEvent, MergedTrace, type NamedEvent, type TracedEvent, TRACES, traceFiles } from '../trace/index.ts'
import { CliError } from './errors.ts'
import { plural } from './format.ts'

export interface RecordedRun {
  readonly timeline: Timeline
  /** Files that could not be read to their end, a sentence each. */
  readonly remarks: readonly string[]
}

/** Events folded at a time. */
const BATCH = 20_000

/** Throws when there is no report, or nothing was recorded. */
export async function readRecorded(directory: string): Promise<RecordedRun> {
  const report = await readReport(directory)
  const traces = join(directory, TRACES)
  const files = existsSync(traces) ? await traceFiles(traces) : []
  if (files.length === 0) {
    throw new CliError('no-trace', 'This run recorded no trace, so there is nothing to replay.', {
      hint: 'Simulations record one with --trace on, testnets unless told --trace off.'
    })
  }
  const remarks: string[] = []
  const merged = new MergedTrace(files, {
    onEnd: (path, { state, records }) => {
      const after = `after ${plural(records, 'record')}`
      if (state === 'damaged') remarks.push(`${path} is damaged ${after}.`)
      if (state === 'torn')
        remarks.push(`${path} ends early, ${after}: its node was killed, or it was not copied whole.`)
    }
  })
  const limits = limitsOf(report.nodes)
  const combiner = new Combiner({
    run: runOf(report, directory),
    peerNames: merged.names,
    followedPerSecond: Math.max(1, Math.floor(limits.transactions / Math.max(1, report.duration_s + report.drain_s)))
  })
  const timeline = new Timeline(limits)
  await fold(merged, combiner, timeline, stepsOf(report))
  if (report.traffic !== undefined) {
    combiner.sample(timeline.now, report.traffic.by_kind)
    take(combiner, timeline, timeline.now)
  }
  return { timeline, remarks }
}

async function fold(merged: MergedTrace, combiner: Combiner, timeline: Timeline, steps: Step[]): Promise<void> {
  let events = 0
  let at = Number.NaN
  const tellUntil = (moment: number): void => {
    for (let [next] = steps; next !== undefined && next.at <= moment; [next] = steps) {
      next.tell(combiner)
      steps.shift()
    }
  }
  for await (const { node, event } of merged.records()) {
    if (Number.isNaN(at)) combiner.describe({ startedAt: event.at })
    at = Number.isNaN(at) ? event.at : Math.max(at, event.at)
    tellUntil(event.at)
    if (event.type === 'node') combiner.nodeState(node, 'up', event.at)
    else {
      const told = eventOf(node, event)
      if (told !== undefined) combiner.onEvent(told)
    }
    if (++events % BATCH === 0) take(combiner, timeline, at)
  }
  tellUntil(Number.POSITIVE_INFINITY)
  take(combiner, timeline, at)
}

function take(combiner: Combiner, timeline: Timeline, at: number): void {
  const update = combiner.take(at)
  if (update !== undefined) timeline.apply(update)
}

/** An event as it was told; undefined for records of no kind of ours. */
function eventOf(node: string, event: Exclude<TracedEvent, { type: 'node' }>): NamedEvent | undefined {
  if (event.type === 'other') return undefined
  if (event.type === 'imported') return { ...event, node, transactions: event.transactionIds ?? [] }
  return { ...event, node }
}

interface Step {
  readonly at: number
  readonly tell: (combiner: Combiner) => void
}

const STATES: Readonly<Partial<Record<string, NodeState>>> = {
  crash: 'down',
  stop: 'down',
  wipe: 'down',
  start: 'up',
  pause: 'paused',
  resume: 'up'
}
const KINDS: ReadonlySet<string> = new Set<FaultEvent['fault']>([
  'crash',
  'stop',
  'wipe',
  'start',
  'pause',
  'resume',
  'cut',
  'partition',
  'heal',
  'slow',
  'restore'
])

/** The faults of the report, by time; no node records what was done to it. */
function stepsOf({ faults = [], environment, nodes }: Report): Step[] {
  const meshedAt = environment.meshed_at
  if (typeof meshedAt !== 'number') return []
  const all = nodeNames(nodes)
  return faults
    .filter(({ kind }) => KINDS.has(kind))
    .map((mark) => {
      const at = meshedAt + mark.at_s * 1000
      return { at, tell: (combiner) => tellFault(combiner, mark, at, all) }
    })
}

function tellFault(combiner: Combiner, { kind, nodes, groups }: FaultMark, at: number, all: readonly string[]): void {
  const fault = kind as FaultEvent['fault']
  const isCut = fault === 'partition'
  // Of partitions beyond those that a report lists in full it is not known who was where.
  if (isCut && groups === undefined) return
  for (const node of isCut || fault === 'heal' ? all : nodes) {
    const group = (groups?.findIndex((names) => names.includes(node)) ?? -1) + 1
    combiner.onEvent({ type: 'fault', node, fault, at, ...(isCut ? { group } : {}) })
    const state = STATES[fault]
    if (state !== undefined) combiner.nodeState(node, state, at)
  }
}

function runOf(report: Report, directory: string): LiveRun {
  const { scenario, seed, engine, config, environment } = report
  return {
    version: String(environment.version ?? ''),
    scenario,
    seed,
    engine,
    network: '',
    directory,
    startedAt: 0,
    state: 'done',
    nodes: nodeNames(report.nodes),
    roles: rolesIn(config.roles, report.nodes)
  }
}

/** What a file says of roles is not believed: roles that can't be of so many nodes are none. */
function rolesIn(told: unknown, nodes: number): (string | null)[] {
  const roles = (Array.isArray(told) ? told : []).filter(isRole)
  const misbehaving = roles.reduce((sum, role) => sum + role.nodes, 0)
  return rolesOf({ nodes, roles: misbehaving > nodes ? [] : roles }).map((role) => role ?? null)
}

function isRole(told: unknown): told is Scenario['roles'][number] {
  const { role, nodes } = (told ?? {}) as { role?: unknown; nodes?: unknown }
  return typeof role === 'string' && typeof nodes === 'number' && nodes >= 0
}

/** So many items that all their arrivals fit. */
function limitsOf(nodes: number): TimelineLimits {
  const items = Math.max(50, Math.floor(FINISHED_PAIRS_MAX / nodes / 2))
  const { blocks, transactions } = FINISHED_LIMITS
  return { ...FINISHED_LIMITS, blocks: Math.min(blocks, items), transactions: Math.min(transactions, items) }
}
