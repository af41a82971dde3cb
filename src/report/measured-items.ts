// Which items and which nodes count: what honest nodes published in the measured window, and who was up to get it.
import type { ItemKind } from '../trace/index.ts'
import type { Collector } from './collector.ts'
import type { ItemTrace } from './item-trace.ts'
import type { MeasuredWindow } from './measured-window.ts'

/** An item of the measured window with the nodes that count for it. */
export interface MeasuredItem {
  readonly trace: ItemTrace
  /** Honest nodes other than the origin that were up from publication to the end of the item's window. */
  readonly eligible: Int16Array
  /** Of the eligible nodes, ascending milliseconds; Infinity for those that never got it. */
  readonly latencies: Float64Array
}

/** Items published within the window, oldest first (then by id): the same list whatever order events came in. */
export function measureItems(collector: Collector, kind: ItemKind, window: MeasuredWindow): MeasuredItem[] {
  const traces = collector
    .items(kind)
    .filter((item) => item.publishedAt >= window.from && item.publishedAt <= window.publishedUntil)
    // What a misbehaving node publishes is not meant to spread.
    .filter((item) => collector.isHonest(item.origin))
  return traces.reverse().map((trace) => measure(collector, trace, window))
}

function measure(collector: Collector, trace: ItemTrace, window: MeasuredWindow): MeasuredItem {
  const end = Math.min(trace.publishedAt + collector.settings.itemWindowMs, window.observedUntil)
  const eligible = Int16Array.from(
    [...collector.histories.keys()].filter((node) => {
      // A node whose user submitted the same transaction again was not waiting for the network to bring it.
      if (node === trace.origin || trace.via(node) === 'own' || !collector.isHonest(node)) return false
      return collector.histories[node]?.upThroughout(trace.publishedAt, end) === true
    })
  )
  const latencies = Float64Array.from(eligible, (node) =>
    isDelivered(trace, node, window) ? trace.latencyMs(node) : Number.POSITIVE_INFINITY
  ).sort()
  return { trace, eligible, latencies }
}

export function isDelivered(trace: ItemTrace, node: number, window: MeasuredWindow): boolean {
  return (trace.deliveredAt[node] ?? Number.NaN) <= window.observedUntil
}
