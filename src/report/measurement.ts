// The step both outputs share: from what was collected and the run's times to the items that count.
import type { TrafficCounters } from '../trace/index.ts'
import { type Agreement, agreement } from './agreement.ts'
import type { Collector } from './collector.ts'
import type { ItemTrace } from './item-trace.ts'
import { type MeasuredWindow, measuredWindow } from './measured-window.ts'
import { type MeasuredItem, measureItems } from './propagation.ts'
import type { Report } from './types.ts'

export interface ReportInput {
  readonly collector: Collector
  readonly engine: Report['engine']
  readonly scenario: string
  readonly seed: number
  /** When the run began (before keys and meshing), milliseconds since the epoch. */
  readonly startedAt: number
  /** When load and production stopped. */
  readonly endedAt: number
  /** When the drain was over; equal to `endedAt` when there was none. */
  readonly drainedAt: number
  /** Ended by hand: no drain, and the youngest items are left out. */
  readonly interrupted: boolean
  /** `event_loop_lag_p99_ms` in it, when there, is judged. */
  readonly environment: Report['environment']
  /** The effective configuration, as JSON. */
  readonly config: Report['config']
  /** One-way delay that the links add, milliseconds. */
  readonly linkDelayMs: number
  /** Bytes sent by all nodes within the window; absent when not counted. */
  readonly traffic?: TrafficCounters
  readonly eventsDropped?: number
  readonly expectations?: Report['expectations']
}

export interface Measurement {
  readonly window: MeasuredWindow
  readonly blocks: readonly MeasuredItem[]
  readonly transactions: readonly MeasuredItem[]
  readonly agreement: Agreement
  /** Node whose chain is the final one. */
  readonly bestNode: number
  /** Nodes up at the end. */
  readonly nodesUp: readonly number[]
  readonly onFinalChain: (block: ItemTrace) => boolean
}

export function measureRun(input: ReportInput): Measurement {
  const { collector } = input
  const window = measuredWindow({ ...input, meshedAt: collector.measuredFrom }, collector.settings)
  const bestNode = collector.bestNode(window.observedUntil)
  return {
    window,
    blocks: measureItems(collector, 'block', window),
    transactions: measureItems(collector, 'transaction', window),
    agreement: agreement(collector.histories, window.from, window.to),
    bestNode,
    nodesUp: [...collector.histories.keys()].filter((node) => collector.histories[node]?.upAt(window.observedUntil)),
    onFinalChain: (block) => collector.isOnBestChain(block, bestNode)
  }
}
