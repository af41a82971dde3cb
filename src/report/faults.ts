// What was done to a run on purpose, and how long the network needed to agree again.
import { FAULT_MARKS_MAX, FAULT_NODES_MAX } from '../config/index.ts'
import { type Agreement, disagreementAt } from './agreement.ts'
import type { Collector } from './collector.ts'
import type { MeasuredWindow } from './measured-window.ts'
import type { FaultMark } from './types.ts'

/** After these the named nodes are meant to take part again: nothing has converged before they are up. */
const BRINGS_BACK = new Set(['start', 'restart', 'resume', 'join', 'wipe', 'restore', 'heal', 'cut'])
/** Words of a scenario for steps that engines know by another name. */
const STEP_OF: Readonly<Record<string, string>> = { restart: 'start', join: 'start' }

export interface ConvergenceInput {
  readonly collector: Collector
  readonly window: MeasuredWindow
  /** Over [from, observedUntil]: the drain counts. */
  readonly agreement: Agreement
  readonly faults: readonly FaultMark[]
}

/**
 * Milliseconds from a fault to agreement: to the first moment at which all honest nodes that are up have the same head,
 * and the nodes that the fault brought back are among them: up, and with a peer whose hello has passed. Of several
 * faults of this kind the longest time counts. Null when the nodes did not agree again until the end of the drain,
 * undefined when there was no such fault.
 */
export function convergedAfterMs(
  { collector, window, agreement, faults }: ConvergenceInput,
  mark: string
): number | null | undefined {
  const named = faults.filter(({ kind }) => kind === mark)
  const marks = named.length > 0 ? named : faults.filter(({ kind }) => kind === STEP_OF[mark])
  if (marks.length === 0) return undefined
  let longest = 0
  const isAlone = collector.nodes.length === 1
  for (const { at_s, kind, nodes } of marks) {
    const at = window.from + at_s * 1000
    const wanted = BRINGS_BACK.has(kind) ? new Set(nodes) : new Set<string>()
    const back = collector.honestHistories.filter(({ name }) => wanted.has(name))
    const agreedAt = firstAgreement(at, agreement, (from) =>
      Math.max(from, ...back.map((history) => (isAlone ? history.upFrom(from) : history.backFrom(from))))
    )
    if (agreedAt > window.observedUntil) return null
    longest = Math.max(longest, agreedAt - at)
  }
  return Math.round(longest * 1000) / 1000
}

/** First moment from `at` on that lies in no disagreement and at which everyone is back; Infinity for never. */
function firstAgreement(at: number, agreement: Agreement, backFrom: (at: number) => number): number {
  let moment = at
  for (;;) {
    const back = backFrom(moment)
    if (back === Number.POSITIVE_INFINITY) return back
    const disagreement = disagreementAt(agreement, back)
    if (disagreement === undefined) return back
    if (!disagreement.ended) return Number.POSITIVE_INFINITY
    moment = disagreement.end
  }
}

/**
 * The first marks, each with the first of its nodes and how many more there were. What a replay needs is whole while all
 * of it together is at most `namesMax` names: who was parted from whom, and to whom anything else was done.
 */
export function shownMarks(faults: readonly FaultMark[], namesMax: number): FaultMark[] {
  let names = 0
  return faults.slice(0, FAULT_MARKS_MAX).map(({ groups, ...mark }) => {
    const needed = mark.kind === 'heal' ? [] : (groups?.flat() ?? mark.nodes)
    const isWhole = names + needed.length <= namesMax
    if (isWhole) names += needed.length
    if (isWhole && groups !== undefined) return { ...cutShort(mark), groups }
    return isWhole && mark.kind !== 'heal' ? mark : cutShort(mark)
  })
}

function cutShort(mark: FaultMark): FaultMark {
  const left = mark.nodes.length - FAULT_NODES_MAX
  return left <= 0 ? mark : { ...mark, nodes: mark.nodes.slice(0, FAULT_NODES_MAX), more_nodes: left }
}

/** `n3, n4 and 12 more`: at most `max` names. A heal is everyone's, and names nobody. */
export function faultNodes({ kind, nodes, more_nodes = 0 }: FaultMark, max: number): string {
  if (kind === 'heal') return ''
  const left = Math.max(0, nodes.length - max) + more_nodes
  return `${nodes.slice(0, max).join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}
