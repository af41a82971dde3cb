// What report.html draws against time, thinned to what a screen can show: agreement, reorganisations, latencies.
import { type HeadSpread, sweepHeads, type Wipes } from './agreement.ts'
import type { MeasuredWindow } from './measured-window.ts'
import type { NodeHistory } from './node-history.ts'
import type { MeasuredItem } from './measured-items.ts'
import { finite, pool, quantile, round } from './statistics.ts'

/** Steps of a line over time; more cannot be told apart on a screen. */
const STEPS_MAX = 400
/** Slices of the run for latencies of items that are too many to draw one by one. */
const SLICES_MAX = 60
/** Reorganisations kept one by one; the deepest when there are more. */
const REORGANISATIONS_MAX = 500

export interface AgreementStep {
  /** Since the measured window began, seconds. */
  readonly at_s: number
  /** Most heads that there were at once until the next step. */
  readonly heads: number
  /** Least share of the nodes that were up with the most common head. */
  readonly share: number
}

/** From the start of the window to the end of the drain; changes of one slice of time are one step, the worst of them. */
export function agreementSteps(
  histories: readonly NodeHistory[],
  { from, observedUntil }: MeasuredWindow,
  wipes: Wipes
): AgreementStep[] {
  const slice = Math.max(1e-6, (observedUntil - from) / STEPS_MAX)
  const steps: AgreementStep[] = []
  const push = (step: AgreementStep): void => {
    const last = steps.at(-1)
    if (last?.heads !== step.heads || last.share !== step.share) steps.push(step)
  }
  let current = -1
  let worst: { heads: number; share: number } | undefined
  let last: HeadSpread | undefined
  const close = (): void => {
    if (worst === undefined || last === undefined) return
    push({ at_s: secondsAt(current), ...worst })
    // What a slice leaves behind lasts until the next change.
    push({ at_s: secondsAt(current + 1), heads: last.heads, share: shareOf(last) })
  }
  const secondsAt = (index: number): number => round((index * slice) / 1000)
  sweepHeads(histories, from, observedUntil, wipes, (spread) => {
    const index = Math.floor((spread.at - from) / slice)
    if (index !== current) {
      close()
      current = index
      worst = undefined
      // The slice begins with what the one before left.
      if (last !== undefined && spread.at - from > index * slice) worst = { heads: last.heads, share: shareOf(last) }
    }
    const share = shareOf(spread)
    worst = { heads: Math.max(worst?.heads ?? 0, spread.heads), share: Math.min(worst?.share ?? 1, share) }
    last = spread
  })
  close()
  return steps
}

function shareOf({ up, together }: HeadSpread): number {
  return up === 0 ? 1 : round(together / up)
}

export interface Reorganisation {
  readonly at_s: number
  /** Blocks of the former chain that were abandoned. */
  readonly depth: number
  /** Nodes that left the same number of blocks for the same head. */
  readonly nodes: number
  /** Height of the head that won. */
  readonly height: number
}

export interface Reorganisations {
  /** By time. The deepest when there were more than are kept. */
  readonly shown: readonly Reorganisation[]
  readonly all: number
}

/** Nodes that moved to one head from chains of the same depth count as one reorganisation, at the first one's time. */
export function reorganisations(
  histories: readonly NodeHistory[],
  { from, observedUntil }: MeasuredWindow
): Reorganisations {
  const found = new Map<string, { at: number; depth: number; nodes: number; height: number }>()
  for (const history of histories) {
    for (const { at, abandoned: depth, hash, height } of history.headChanges) {
      if (depth === 0 || at < from || at > observedUntil) continue
      const same = found.get(`${hash} ${depth}`)
      if (same === undefined) found.set(`${hash} ${depth}`, { at, depth, nodes: 1, height })
      else {
        same.nodes++
        same.at = Math.min(same.at, at)
      }
    }
  }
  const deepest = [...found.values()].sort((a, b) => b.depth - a.depth || a.at - b.at).slice(0, REORGANISATIONS_MAX)
  const shown = deepest
    .sort((a, b) => a.at - b.at || a.depth - b.depth)
    .map(({ at, ...rest }) => ({ at_s: round((at - from) / 1000), ...rest }))
  return { shown, all: found.size }
}

export interface LatencySlice {
  readonly from_s: number
  readonly to_s: number
  readonly items: number
  readonly p50: number | null
  readonly p95: number | null
}

/** Items by the slice of the run in which they were published; slices without items are left out. */
export function latencySlices(items: readonly MeasuredItem[], { from, to }: MeasuredWindow): LatencySlice[] {
  const length = (to - from) / SLICES_MAX
  if (!(length > 0)) return []
  const slices = new Map<number, MeasuredItem[]>()
  for (const item of items) {
    const index = Math.min(SLICES_MAX - 1, Math.floor((item.trace.publishedAt - from) / length))
    const list = slices.get(index)
    if (list === undefined) slices.set(index, [item])
    else list.push(item)
  }
  return [...slices]
    .sort(([a], [b]) => a - b)
    .map(([index, list]) => {
      const latencies = pool(list.map((item) => item.latencies))
      return {
        from_s: round((index * length) / 1000),
        to_s: round(((index + 1) * length) / 1000),
        items: list.length,
        p50: finite(quantile(latencies, 0.5)),
        p95: finite(quantile(latencies, 0.95))
      }
    })
}
