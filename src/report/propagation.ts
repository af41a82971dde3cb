// From the items that count to the figures of one kind: how many were delivered, how late, over how many hops.
import type { ItemKind } from '../trace/index.ts'
import { byHop, byRegion } from './breakdown.ts'
import { type ItemTrace, NO_NODE } from './item-trace.ts'
import { isDelivered, type MeasuredItem } from './measured-items.ts'
import type { MeasuredWindow } from './measured-window.ts'
import { itemIntervals } from './resample.ts'
import { coverage, finite, percentiles, pool, quantile, round, sorted } from './statistics.ts'
import type { Propagation } from './types.ts'

/**
 * Hops from the origin by who delivered first, gossip alone: −1 for nodes with anything else on their path (a repair,
 * a request, a block around the transaction, an unknown sender).
 */
export function hopsFromOrigin(trace: ItemTrace): Int16Array {
  const hops = new Int16Array(trace.from.length).fill(-1)
  if (trace.origin === NO_NODE) return hops
  const settled = new Uint8Array(hops.length)
  hops[trace.origin] = 0
  settled[trace.origin] = 1
  for (const start of hops.keys()) {
    const path: number[] = []
    let node = start
    // Each node is walked over once in all: it is settled on the way down, before its hops are known on the way back.
    while (node !== NO_NODE && settled[node] === 0) {
      settled[node] = 1
      path.push(node)
      node = trace.via(node) === 'gossip' && !trace.insideBlock(node) ? (trace.from[node] ?? NO_NODE) : NO_NODE
    }
    let hop = hops[node] ?? -1
    for (const walked of path.reverse()) {
      hop = hop < 0 ? -1 : hop + 1
      hops[walked] = hop
    }
  }
  return hops
}

/** `imported` counts blocks of the final chain only: a stale block is not meant to be imported. */
export function propagationOf(
  kind: ItemKind,
  items: readonly MeasuredItem[],
  window: MeasuredWindow,
  onFinalChain: (block: ItemTrace) => boolean,
  regionOf?: readonly string[]
): Propagation {
  const latencies = items.map((item) => item.latencies)
  const eligible = latencies.reduce((sum, list) => sum + list.length, 0)
  const by = { gossip: 0, requested: 0, repair: 0 }
  const hops: number[] = []
  const hopLatencies: number[][] = []
  let duplicates = 0
  for (const { trace, eligible: nodes } of items) {
    const hopsOfItem = hopsFromOrigin(trace)
    for (const node of nodes) {
      const via = trace.via(node)
      if (via === undefined || via === 'own' || !isDelivered(trace, node, window)) continue
      by[via]++
      duplicates += trace.duplicates[node] ?? 0
      const hop = hopsOfItem[node] ?? -1
      if (hop <= 0) continue
      hops.push(hop)
      hopLatencies[hop] ??= []
      hopLatencies[hop].push(trace.latencyMs(node))
    }
  }
  const delivered = by.gossip + by.requested + by.repair
  const hopsAscending = sorted(hops)
  const intervals = itemIntervals(latencies)
  const imported = items.filter((item) => onFinalChain(item.trace))
  return {
    published: items.length,
    eligible,
    delivered,
    delivery_ratio: eligible === 0 ? 0 : delivered === eligible ? 1 : ratioBelowOne(delivered / eligible),
    delivered_by: by,
    latency_ms: percentiles(pool(latencies)),
    coverage_ms: coverage(latencies),
    heard_ms: percentiles(pool(items.map((item) => since(item, item.trace.heardAt, window)))),
    ...(kind === 'block'
      ? { imported_ms: percentiles(pool(imported.map((item) => since(item, item.trace.importedAt, window)))) }
      : {}),
    duplicates_per_delivery: delivered === 0 ? 0 : round(duplicates / delivered),
    hops: { p50: finite(quantile(hopsAscending, 0.5)), max: finite(quantile(hopsAscending, 1)) },
    by_hop: byHop(hopLatencies),
    ...(regionOf === undefined
      ? {}
      : {
          by_region: byRegion(items, regionOf, ({ trace }, node) =>
            isDelivered(trace, node, window) ? trace.latencyMs(node) : Number.POSITIVE_INFINITY
          )
        }),
    ...(intervals === undefined ? {} : { intervals })
  }
}

/** Six digits, rounded down: one missing delivery among millions must not read as 1. */
function ratioBelowOne(ratio: number): number {
  return Math.floor(ratio * 1e6) / 1e6
}

/** Milliseconds from publication to another moment of each eligible node; Infinity where it did not come. */
function since({ trace, eligible }: MeasuredItem, column: Float64Array, window: MeasuredWindow): Float64Array {
  return Float64Array.from(eligible, (node) => {
    const at = column[node] ?? Number.NaN
    return at <= window.observedUntil ? Math.max(0, at - trace.publishedAt) : Number.POSITIVE_INFINITY
  })
}
