// The step both outputs share: from what was collected and the run's times to the items that count.
import type { TrafficCounters } from '../trace/index.ts'
import { type Agreement, agreement, headHashAt, type Wipes } from './agreement.ts'
import type { LinkGraph } from './bound.ts'
import type { Collector } from './collector.ts'
import type { ItemTrace } from './item-trace.ts'
import { type MeasuredWindow, measuredWindow } from './measured-window.ts'
import { type MeasuredItem, measureItems } from './measured-items.ts'
import type { RoundsInput } from './rounds.ts'
import type { FaultMark, Report } from './types.ts'

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
  /** What went wrong in carrying the run out, one sentence each. */
  readonly mishaps?: readonly string[]
  /** Events missing from the trace files. */
  readonly traceDropped?: number
  /** How long a round is and how many peers it asks, where items spread in rounds. */
  readonly rounds?: RoundsInput
  readonly expectations?: Report['expectations']
  /** The links, where an engine knows them: for the lower bound, and for regions. */
  readonly links?: LinkGraph
  /** What was done to the network on purpose, by time. */
  readonly faults?: readonly FaultMark[]
}

export interface Measurement {
  readonly window: MeasuredWindow
  readonly blocks: readonly MeasuredItem[]
  readonly transactions: readonly MeasuredItem[]
  /** Of the honest nodes, until load and production stopped; and with the drain. */
  readonly agreement: Agreement
  readonly agreementWithDrain: Agreement
  readonly wipes: Wipes
  /** Hash of an honest node's head in the end; empty for genesis. */
  readonly finalHead: (node: number) => string
  /** Node whose chain is the final one. */
  readonly bestNode: number
  /** Honest nodes up at the end. */
  readonly nodesUp: readonly number[]
  readonly onFinalChain: (block: ItemTrace) => boolean
}

export function measureRun(input: ReportInput): Measurement {
  const { collector } = input
  const histories = collector.honestHistories
  const wipes = wipesOf(input)
  const window = measuredWindow({ ...input, meshedAt: collector.measuredFrom }, collector.settings)
  const bestNode = collector.bestNode(window.observedUntil)
  return {
    window,
    blocks: measureItems(collector, 'block', window),
    transactions: measureItems(collector, 'transaction', window),
    agreement: agreement(histories, window.from, window.to, wipes),
    agreementWithDrain: agreement(histories, window.from, window.observedUntil, wipes),
    wipes,
    finalHead: (node) => {
      const history = collector.histories[node]
      return history === undefined ? '' : headHashAt(history, window.observedUntil, wipes)
    },
    bestNode,
    nodesUp: [...collector.histories.keys()].filter(
      (node) => collector.isHonest(node) && collector.histories[node]?.upAt(window.observedUntil)
    ),
    onFinalChain: (block) => collector.isOnBestChain(block, bestNode)
  }
}

function wipesOf({ collector, faults = [] }: ReportInput): Wipes {
  const wipes = new Map<string, number[]>()
  const from = collector.measuredFrom ?? 0
  for (const { kind, at_s, nodes } of faults) {
    if (kind !== 'wipe') continue
    for (const node of nodes) {
      const times = wipes.get(node) ?? []
      times.push(from + at_s * 1000)
      wipes.set(node, times)
    }
  }
  return wipes
}
