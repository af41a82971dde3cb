// A way into a simulation while it runs: what it shows of itself, what may be changed about its nodes before they are
// put together, and how it ends in a network that was healed. The seed swarm is who uses it.
import type { Genesis } from '../../ledger/index.ts'
import type { NodeComponents } from '../../node/index.ts'
import type { FaultEvent, NodeEvent } from '../../trace/index.ts'
import type { Transaction } from '../../wire/index.ts'
import type { VirtualNode } from './virtual-node.ts'

/** The world as it is; the same object all the time. */
export interface WorldView {
  readonly genesis: Genesis
  /** All, in the order of the scenario. */
  readonly nodes: readonly VirtualNode[]
  /** ms since the Unix epoch. */
  now(): number
}

export interface WorldWatch {
  /** What a node is put together from, instead of what it would be. Asked each time that it starts. */
  readonly equip?: (name: string, components: NodeComponents) => NodeComponents
  /** The nodes are there, none has started. */
  readonly onBuilt: (view: WorldView) => void
  readonly onEvent: (name: string, event: NodeEvent | FaultEvent) => void
  /** A node took a transaction of the load, and said so. */
  readonly onAcknowledged: (name: string, transaction: Transaction) => void
  /** Between two instants, about once a virtual second. What it throws ends the run. */
  readonly inspect: () => Promise<void>
  /** So long production goes on in the healed network, ms. */
  readonly healedProductionMs: number
  /** After production, each second, until it resolves with true. What it throws ends the run. */
  readonly isHealed: () => Promise<boolean>
}
