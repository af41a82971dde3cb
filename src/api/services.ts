// What the HTTP servers need from a node and from a testnet's controller. Whoever composes them implements these.
import type { GossipCounters } from '../network/index.ts'
import type { NodeClient } from './client/types.ts'
import type { LiveFeed } from './live/feed.ts'
import type { EventSource, NamedEvent, TrafficCounters } from '../trace/index.ts'
import type {
  AccountView,
  BanView,
  BlockSummary,
  BlockView,
  FaultOrder,
  FaultView,
  GenesisView,
  ItemView,
  MempoolView,
  MemberView,
  PeerView,
  StatusView,
  TestnetView,
  TransactionView
} from './schemas.ts'

export interface NodeService {
  readonly events: EventSource
  /** Listening, and its chain opened. */
  ready(): boolean
  status(): StatusView
  peers(): PeerView[]
  /** Members, this node among them; of a `tag` name=value (`role` too) and a state, if asked. */
  members(query: { tag?: readonly [name: string, value: string]; state?: MemberView['state'] }): MemberView[]
  /** Sets tags of this node; null removes one. Rejects with an error with `code`. Resolves with all of them. */
  tag(changes: Readonly<Record<string, string | null>>): Promise<Record<string, string>>
  /** Says goodbye to the membership. */
  leave(): Promise<void>
  /** The one that ends first first. */
  bans(): BanView[]
  mempool(limit: number): MempoolView
  transaction(id: string): TransactionView | undefined
  /** Newest first: pending, then included. With `account`, those that it sent or received. */
  transactions(query: { account?: string; limit: number }): TransactionView[]
  /** Decodes, checks, journals and announces; resolves once it would survive a crash. Throws an error with `code`. */
  submit(bytes: Uint8Array): Promise<{ id: string }>
  account(address: string): AccountView
  /** Richest first. */
  accounts(limit: number): AccountView[]
  /** Best chain, newest first, from `before` (exclusive height) down. */
  blocks(query: { limit: number; before?: number }): BlockSummary[]
  /** By hash (any branch), height (best chain), or `head`. */
  block(id: string): BlockView | undefined
  genesis(): GenesisView
  /** Time in the header of a known block, ms since the epoch: what the propagation histogram counts from. */
  blockTime?(hash: string): number | undefined
  traffic?(): TrafficCounters
  /** Gossip messages whose path was cut short here. */
  gossip?(): GossipCounters
}

export interface TestnetService {
  /** What live views are made of. */
  readonly live: LiveFeed
  view(): TestnetView
  /** To ask one node; the first that runs when absent. Throws an error with `code` (`unknown-node`, `node-down`). */
  node(name?: string): NodeClient
  /** This transaction is about to be posted, and somebody wants to see it travel. */
  follow(id: string): void
  items(query: { kind: 'block' | 'transaction'; limit: number }): ItemView[]
  item(id: string): ItemView | undefined
  /** Resolves with the item when `wait` is fulfilled, or as it stands when the signal aborts. */
  waitForItem(id: string, wait: 'seen' | 'included', signal: AbortSignal): Promise<ItemView | undefined>
  subscribe(sink: (event: NamedEvent) => void): () => void
  /** Rejects with an error with `code` (`unknown-node`, `shared-process`) when nothing was done. */
  fault(order: FaultOrder): Promise<FaultView>
  /** Ends the run as Ctrl-C does: with its report. */
  stop(): Promise<void>
}
