// How long the nodes agreed on the head: a sweep over head changes and over nodes that come and go.
import type { NodeHistory } from './node-history.ts'

export interface Agreement {
  /** Share of [from, to] in which all nodes that were up had the same head. 1 for an empty interval. */
  readonly share: number
  readonly longestDisagreementMs: number
  /** Times with more than one head, in order: [start, end], milliseconds since the epoch. */
  readonly disagreements: readonly (readonly [start: number, end: number])[]
}

interface Change {
  readonly at: number
  readonly node: number
  /** Undefined when the change is about being up. */
  readonly head?: string
  readonly up?: boolean
}

const GENESIS = ''

/** Heads before the first change count as genesis. Where old changes were forgotten, the sweep starts after them. */
export function agreement(histories: readonly NodeHistory[], from: number, to: number): Agreement {
  const start = Math.max(from, ...histories.map((history) => history.completeFrom))
  const heads = histories.map((history) => history.headAt(start)?.hash ?? GENESIS)
  const up = histories.map((history) => history.upAt(start))
  const disagreements: [number, number][] = []
  let since: number | undefined = distinct(heads, up) > 1 ? start : undefined
  const changes = changesWithin(histories, start, to)
  for (const [index, change] of changes.entries()) {
    if (change.head !== undefined) heads[change.node] = change.head
    if (change.up !== undefined) up[change.node] = change.up
    if (changes[index + 1]?.at === change.at) continue
    const agreed = distinct(heads, up) <= 1
    if (agreed && since !== undefined) {
      disagreements.push([since, change.at])
      since = undefined
    } else if (!agreed) since ??= change.at
  }
  if (since !== undefined && since < to) disagreements.push([since, to])
  const lengths = disagreements.map(([begin, end]) => end - begin)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return {
    share: to > start ? 1 - total / (to - start) : 1,
    longestDisagreementMs: lengths.reduce((longest, length) => Math.max(longest, length), 0),
    disagreements
  }
}

/** In (start, to], by time; changes of one node keep their order. */
function changesWithin(histories: readonly NodeHistory[], start: number, to: number): Change[] {
  const changes = histories.flatMap((history, node): Change[] => [
    ...history.headChanges.map(({ at, hash }) => ({ at, node, head: hash })),
    ...history.intervals.flatMap((interval) => [
      { at: interval.from, node, up: true },
      { at: interval.to, node, up: false }
    ])
  ])
  return changes.filter(({ at }) => at > start && at <= to).sort((a, b) => a.at - b.at)
}

function distinct(heads: readonly string[], up: readonly boolean[]): number {
  return new Set(heads.filter((_, node) => up[node])).size
}
