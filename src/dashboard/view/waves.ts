// Items on their way at one moment: pulses that travel along the path that was first, and the glow they leave.
import { type FaultChange, type LiveItem, NOBODY, type Timeline } from '../../api/client/index.ts'

export interface Pulse {
  readonly kind: LiveItem['kind']
  readonly from: number
  readonly to: number
  /** 0 at the sender, 1 on arrival. */
  readonly progress: number
  /** From where the item was asked for or fetched, not gossiped. */
  readonly fetched: boolean
}

export interface Glow {
  readonly kind: LiveItem['kind']
  readonly node: number
  /** Who sent it; `NOBODY` where the item was made. */
  readonly from: number
  /** 1 on arrival, 0 when it is gone. */
  readonly strength: number
}

export interface WavesView {
  readonly pulses: readonly Pulse[]
  readonly glows: readonly Glow[]
}

export interface WavesInit {
  /** How long a glow lasts, in the network's time, ms. */
  readonly glowMs: number
  /** Only this item. */
  readonly only?: string | undefined
}

/** What was asked for was sent long after its sender had it, and when is not known: it is shown this long on its way, ms. */
const FETCHED_MS = 400

export function wavesAt(timeline: Timeline, at: number, { glowMs, only }: WavesInit): WavesView {
  const view: { pulses: Pulse[]; glows: Glow[] } = { pulses: [], glows: [] }
  // Transactions first: blocks are drawn over them.
  for (const items of [timeline.transactions, timeline.blocks]) {
    for (const item of items.values()) {
      if (only !== undefined && item.id !== only) continue
      if (!item.isPublished || at < item.at || at > item.at + item.spreadMs + glowMs) continue
      addWave(view, item, timeline, at, glowMs)
    }
  }
  return view
}

function addWave(
  view: { pulses: Pulse[]; glows: Glow[] },
  item: LiveItem,
  timeline: Timeline,
  at: number,
  glowMs: number
): void {
  const { kind } = item
  for (const node of item.holders) {
    const arrivedAt = item.arrivedAt[node] ?? 0
    const from = item.from[node] ?? NOBODY
    const age = at - arrivedAt
    if (age >= glowMs) continue
    if (age >= 0) {
      view.glows.push({ kind, node, from, strength: 1 - age / glowMs })
      continue
    }
    const via = item.via(node)
    const fetched = via === 'requested' || via === 'repair'
    const toldAt = Math.max(item.at, from === NOBODY ? item.at : (item.arrivedAt[from] ?? item.at))
    const askedAt = fetched ? Math.max(toldAt, arrivedAt - FETCHED_MS) : toldAt
    const leftAt = sentAt(timeline, from, node, askedAt, arrivedAt)
    const progress = (at - leftAt) / (arrivedAt - leftAt)
    // A sender that told before it had the whole thing, as clocks go: nothing travels backwards.
    if (from !== NOBODY && progress >= 0 && progress <= 1) {
      view.pulses.push({ kind, from, to: node, progress, fetched })
    }
  }
}

/** Nothing leaves before there is a way: the two were parted, or not connected, when the sender could have sent it. */
function sentAt(timeline: Timeline, from: number, to: number, askedAt: number, arrivedAt: number): number {
  let since = askedAt
  let partition: FaultChange | undefined
  for (const each of timeline.faults) {
    if (each.at > arrivedAt) break
    if (each.fault === 'partition') partition = each
    if (each.fault !== 'heal') continue
    if (each.at > since && partition !== undefined && areParted(partition, from, to)) since = each.at
    partition = undefined
  }
  // Both ends tell of the connection that was there on arrival: it began with the first of them.
  let begun = Number.POSITIVE_INFINITY
  for (const link of timeline.connectionsBetween(from, to)) {
    if (link.from <= arrivedAt && link.to >= arrivedAt) begun = Math.min(begun, link.from)
  }
  return Number.isFinite(begun) ? Math.max(since, begun) : since
}

function areParted({ nodes, groups }: FaultChange, from: number, to: number): boolean {
  return groups?.[nodes.indexOf(from)] !== groups?.[nodes.indexOf(to)]
}
