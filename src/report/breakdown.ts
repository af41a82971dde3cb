// Latencies in groups: by hops, by the region of the receiver; and against the lower bound of the same pairs.
import { BOUND_EDGES_MAX, HOP_ROWS_MAX } from '../config/index.ts'
import { LowerBound, type LinkGraph, overBound } from './bound.ts'
import type { MeasuredItem } from './measured-items.ts'
import { finite, percentiles, pool, quantile, sorted } from './statistics.ts'
import type { HopLatency, LatencyGroup, RegionLatency } from './types.ts'

function group(latencies: Iterable<number>): LatencyGroup {
  const ascending = sorted(latencies)
  return {
    p50: finite(quantile(ascending, 0.5)),
    p95: finite(quantile(ascending, 0.95)),
    p99: finite(quantile(ascending, 0.99)),
    n: ascending.length
  }
}

/** `latencies[h]`: of the pairs that took h hops. Paths of more than `HOP_ROWS_MAX` hops are pooled in the last row. */
export function byHop(latencies: readonly (readonly number[] | undefined)[]): HopLatency[] {
  const rows: HopLatency[] = []
  for (let hops = 1; hops < Math.min(latencies.length, HOP_ROWS_MAX); hops++) {
    const found = latencies[hops]
    if (found !== undefined && found.length > 0) rows.push({ hops, ...group(found) })
  }
  const rest = latencies.slice(HOP_ROWS_MAX).flatMap((found) => found ?? [])
  if (rest.length > 0) rows.push({ hops: HOP_ROWS_MAX, ...group(rest) })
  return rows
}

/** Regions by name. `latencyOf` is Infinity for pairs that were not delivered. */
export function byRegion(
  items: readonly MeasuredItem[],
  regionOf: readonly string[],
  latencyOf: (item: MeasuredItem, node: number) => number
): RegionLatency[] {
  const latencies = new Map<string, number[]>()
  for (const item of items) {
    for (const node of item.eligible) {
      const region = regionOf[node]
      if (region === undefined) continue
      const list = latencies.get(region)
      if (list === undefined) latencies.set(region, [latencyOf(item, node)])
      else list.push(latencyOf(item, node))
    }
  }
  const names = [...latencies.keys()].sort()
  return names.map((region) => {
    const list = latencies.get(region) ?? []
    const delivered = list.reduce((count, latency) => count + (latency === Number.POSITIVE_INFINITY ? 0 : 1), 0)
    return { region, delivery_ratio: Math.floor((delivered / list.length) * 1e6) / 1e6, ...group(list) }
  })
}

export interface BoundComparison {
  readonly over: { readonly p50: number | null; readonly p99: number | null }
  /** Items compared; fewer than all where all would take too long. */
  readonly items: number
}

/** Of the same pairs: percentiles of latency over percentiles of the best possible arrival. */
export function compareWithBound(items: readonly MeasuredItem[], nodes: number, links: LinkGraph): BoundComparison {
  const bound = new LowerBound(nodes, links)
  const paths = new Set(items.map(({ trace }) => `${trace.origin}/${trace.wireBytes}`)).size
  const every = Math.max(1, Math.ceil((paths * bound.edgesPerOrigin) / BOUND_EDGES_MAX))
  const chosen = items.filter((_, index) => index % every === 0)
  const bounds = chosen.map(({ trace, eligible }) => {
    const arrivals = bound.arrivals(trace.origin, trace.wireBytes)
    return Float64Array.from(eligible, (node) => arrivals[node] ?? Number.POSITIVE_INFINITY)
  })
  const latency = percentiles(pool(chosen.map(({ latencies }) => latencies)))
  return { over: overBound(latency, percentiles(pool(bounds))), items: chosen.length }
}
