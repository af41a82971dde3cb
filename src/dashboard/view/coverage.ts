// How fast one item reached the nodes: a curve, and when half, 95% and all of them held it.
import { type LiveItem, NOBODY, stateAt, type Timeline } from '../../api/client/index.ts'

export interface Coverage {
  /** Milliseconds since the item was made, of each node that has it but the origin; ascending. */
  readonly arrivals: readonly number[]
  /** Nodes it was for: those that were up when it was made or have it, without the origin. */
  readonly nodes: number
  /** null: not yet. */
  readonly t50: number | null
  readonly t95: number | null
  readonly t100: number | null
}

/** How many of the nodes that an item was for hold it, its maker among them; those that misbehave are not counted. */
export interface Held {
  readonly holders: number
  readonly nodes: number
  /** Until the last of these holders had it. */
  readonly spreadMs: number
}

/** Nodes that hold an item at a time, earliest first. */
export function holdersAt({ holders, arrivedAt }: LiveItem, at: number): number[] {
  return holders.filter((node) => (arrivedAt[node] ?? 0) <= at)
}

/** As things stood at a time; Infinity for all that is known. */
export function coverageAt(timeline: Timeline, item: LiveItem, at = Number.POSITIVE_INFINITY): Coverage {
  const honest = [...timeline.nodes.keys()].filter((node) => node !== item.origin && isHonest(timeline, node))
  const wanted = honest.filter((node) => item.holds(node) || isUp(timeline, node, item.at))
  const arrivals = wanted
    .map((node) => item.arrivedAt[node] ?? Number.NaN)
    .filter((arrivedAt) => arrivedAt <= at)
    .map((arrivedAt) => Math.max(0, arrivedAt - item.at))
    .sort((a, b) => a - b)
  const reached = (share: number): number | null => arrivals[Math.ceil(share * wanted.length) - 1] ?? null
  return { arrivals, nodes: wanted.length, t50: reached(0.5), t95: reached(0.95), t100: reached(1) }
}

/** As things stood at a time; Infinity for all that is known. */
export function heldAt(timeline: Timeline, item: LiveItem, at = Number.POSITIVE_INFINITY): Held {
  const { arrivals, nodes } = coverageAt(timeline, item, at)
  const maker = item.origin !== NOBODY && isHonest(timeline, item.origin) ? 1 : 0
  const holders = arrivals.length + (item.at <= at ? maker : 0)
  return { holders, nodes: nodes + maker, spreadMs: arrivals.at(-1) ?? 0 }
}

/** Not misbehaving on purpose: only these are measured, as in the report. */
export function isHonest({ run }: Timeline, node: number): boolean {
  return (run?.roles?.[node] ?? null) === null
}

function isUp({ nodes }: Timeline, node: number, at: number): boolean {
  const timeline = nodes[node]
  return timeline !== undefined && stateAt(timeline, at) !== 'down'
}

/** Of each of so many equal stretches of time the first published block: where marks go, evenly over all of it. */
export function markedBlocks({ blocks }: Timeline, from: number, to: number, stretches: number): LiveItem[] {
  const marks = new Map<number, LiveItem>()
  for (const block of blocks.values()) {
    if (!block.isPublished || block.at < from || block.at > to) continue
    const stretch = Math.min(stretches - 1, Math.floor(((block.at - from) / Math.max(1, to - from)) * stretches))
    const known = marks.get(stretch)
    if (known === undefined || block.at < known.at) marks.set(stretch, block)
  }
  return [...marks.values()]
}

/** Published blocks, newest first: by when they were made. */
export function newestBlocks({ blocks }: Timeline, at: number, limit: number): LiveItem[] {
  const found: LiveItem[] = []
  // Blocks are kept in the order in which they were heard of: nearly that of their times.
  for (const block of [...blocks.values()].reverse()) {
    if (block.isPublished && block.at <= at) found.push(block)
    if (found.length >= limit * 2) break
  }
  return found.sort((a, b) => b.at - a.at).slice(0, limit)
}
