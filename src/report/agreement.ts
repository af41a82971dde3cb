// How long the nodes agreed on the head: a sweep over head changes and over nodes that come and go.
import type { NodeHistory } from './node-history.ts'

export interface Agreement {
  /** Share of [from, to] in which all nodes that were up had the same head. 1 for an empty interval. */
  readonly share: number
  readonly longestDisagreementMs: number
  /** Times with more than one head, in order: [start, end], milliseconds since the epoch. */
  readonly disagreements: readonly (readonly [start: number, end: number])[]
  /** The last disagreement was not over at the end. */
  readonly open: boolean
}

/** When nodes lost their data, by name: from then on their head is genesis until they tell of another. */
export type Wipes = ReadonlyMap<string, readonly number[]>

/** The hash of a node's head at a time; empty for genesis. */
export function headHashAt(history: NodeHistory, at: number, wipes: Wipes): string {
  const head = history.headAt(at)
  const wiped = wipes.get(history.name)?.findLast((time) => time <= at)
  return head === undefined || (wiped !== undefined && wiped > head.at) ? GENESIS : head.hash
}

/** The disagreement that a moment lies in: when it ended, or that it did not. */
export function disagreementAt(
  { disagreements, open }: Agreement,
  at: number
): { readonly end: number; readonly ended: boolean } | undefined {
  const index = disagreements.findIndex(([start, end]) => start <= at && at < end)
  const found = disagreements[index]
  if (found !== undefined) return { end: found[1], ended: !(open && index === disagreements.length - 1) }
  const last = disagreements.at(-1)
  return open && last !== undefined && at >= last[1] ? { end: last[1], ended: false } : undefined
}

interface Change {
  readonly at: number
  readonly node: number
  /** Undefined when the change is about being up. */
  readonly head?: string
  readonly up?: boolean
}

const GENESIS = ''

/** How the nodes' heads were distributed from `at` on, until the next of these. */
export interface HeadSpread {
  readonly at: number
  /** Different heads among the nodes that are up. */
  readonly heads: number
  /** Nodes that are up, and those of them with the most common head. */
  readonly up: number
  readonly together: number
}

/** Heads before the first change count as genesis. Where old changes were forgotten, the sweep starts after them. */
export function agreement(
  histories: readonly NodeHistory[],
  from: number,
  to: number,
  wipes: Wipes = new Map()
): Agreement {
  const disagreements: [number, number][] = []
  let start = from
  let since: number | undefined
  sweepHeads(histories, from, to, wipes, ({ at, heads }, isFirst) => {
    if (isFirst) start = at
    if (heads > 1) since ??= at
    else if (since !== undefined) {
      disagreements.push([since, at])
      since = undefined
    }
  })
  if (since !== undefined && since < to) disagreements.push([since, to])
  const lengths = disagreements.map(([begin, end]) => end - begin)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return {
    share: to > start ? 1 - total / (to - start) : 1,
    longestDisagreementMs: lengths.reduce((longest, length) => Math.max(longest, length), 0),
    disagreements,
    open: since !== undefined
  }
}

/** Tells of every moment at which a head or a node's being up changed, the start first, once per moment. */
export function sweepHeads(
  histories: readonly NodeHistory[],
  from: number,
  to: number,
  wipes: Wipes,
  onSpread: (spread: HeadSpread, isFirst: boolean) => void
): void {
  const start = histories.reduce((latest, history) => Math.max(latest, history.completeFrom), from)
  const tally = new HeadTally()
  const heads = histories.map((history) => headHashAt(history, start, wipes))
  const up = histories.map((history) => history.upAt(start))
  for (const [node, head] of heads.entries()) if (up[node] === true) tally.add(head, 1)
  onSpread(tally.spread(start), true)
  const changes = changesWithin(histories, start, to, wipes)
  for (const [index, change] of changes.entries()) {
    if (up[change.node] === true) tally.add(heads[change.node] ?? GENESIS, -1)
    if (change.head !== undefined) heads[change.node] = change.head
    if (change.up !== undefined) up[change.node] = change.up
    if (up[change.node] === true) tally.add(heads[change.node] ?? GENESIS, 1)
    if (changes[index + 1]?.at !== change.at) onSpread(tally.spread(change.at), false)
  }
}

/** In (start, to], by time; changes of one node keep their order. */
function changesWithin(histories: readonly NodeHistory[], start: number, to: number, wipes: Wipes): Change[] {
  const changes = histories.flatMap((history, node): Change[] => [
    ...(wipes.get(history.name) ?? []).map((at) => ({ at, node, head: GENESIS })),
    ...history.headChanges.map(({ at, hash }) => ({ at, node, head: hash })),
    ...history.intervals.flatMap((interval) => [
      { at: interval.from, node, up: true },
      { at: interval.to, node, up: false }
    ])
  ])
  return changes.filter(({ at }) => at > start && at <= to).sort((a, b) => a.at - b.at)
}

/** How many nodes that are up have each head. */
class HeadTally {
  readonly #counts = new Map<string, number>()
  #up = 0

  add(head: string, nodes: number): void {
    const count = (this.#counts.get(head) ?? 0) + nodes
    this.#up += nodes
    if (count === 0) this.#counts.delete(head)
    else this.#counts.set(head, count)
  }

  spread(at: number): HeadSpread {
    let together = 0
    for (const count of this.#counts.values()) together = Math.max(together, count)
    return { at, heads: this.#counts.size, up: this.#up, together }
  }
}
