// A testnet as those see it who start one: what they may choose, how far it is, the run, and how it ended.
import type { PageFiles } from '../../api/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import type { Collector, ItemTrace } from '../../report/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { FinishedReport } from '../common/finish.ts'
import type { FleetNode } from './remote-node.ts'

export interface TestnetOptions {
  /** Run directory; made if missing. */
  readonly directory: string
  readonly version: string
  /** Preferred port of the first node's API; the system chooses when it is taken. */
  readonly apiPort?: number
  /** Preferred port of the controller's API and the dashboard, likewise. */
  readonly controllerPort?: number
  /** Record every node's events into `traces` of the run directory (default: yes). */
  readonly trace?: boolean
  /** The dashboard, which the controller serves; none when absent. */
  readonly page?: PageFiles | undefined
  readonly onProgress?: (progress: TestnetProgress) => void
  /** A worker died, the mesh is incomplete: one sentence for the person who watches. */
  readonly onWarning?: (message: string) => void
}

export interface TestnetProgress {
  readonly step: 'keys' | 'listening' | 'meshed'
  readonly done: number
  readonly total: number
  /** Since the start, ms; when the step is complete. */
  readonly ms?: number
}

/** `drain`: as at the end of the duration. `interrupt`: no drain, with a report. `kill`: at once, no report. */
export type StopMode = 'drain' | 'interrupt' | 'kill'

export interface FinishedRun extends FinishedReport {
  readonly directory: string
}

export interface TestnetRun {
  readonly nodes: readonly FleetNode[]
  /** URL of the controller's API. */
  readonly controller: string
  readonly genesis: Genesis
  readonly scenario: Scenario
  readonly seed: number
  readonly directory: string
  readonly collector: Collector
  /** Events of all nodes as they arrive. Returns the function that unsubscribes, like the next. */
  subscribe(sink: (event: NamedEvent) => void): () => void
  /** A block has reached every node that is up, or some did not get it in time. */
  onBlock(sink: (block: ItemTrace) => void): () => void
  /** Resolves when the run is over and its report written; rejects after `stop('kill')`, or if there can be none. */
  readonly finished: Promise<FinishedRun>
  stop(how: StopMode): Promise<void>
}
