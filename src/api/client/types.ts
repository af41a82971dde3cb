// What the two clients can do. Everything here works in a browser as it does in Node.
import type { Timers } from '../../runtime/index.ts'
import type { NamedEvent, NodeEvent, NodeEventType } from '../../trace/index.ts'
import type { Update } from '../live/types.ts'
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
  PaymentOrder,
  PeerView,
  StatusView,
  TestnetView,
  TransactionView
} from '../schemas.ts'

export interface ClientOptions {
  /** Bearer token of an API that does not listen on loopback. */
  readonly token?: string | undefined
  /** What a page of this API was given to change things with. */
  readonly pageToken?: string | undefined
  /** Ends every call and stream of this client; they reject with its reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * With timers, a call without an answer rejects with `timeout` after `timeoutMs`. Without (a page that shows its
   * own progress), it waits as long as the platform's fetch does.
   */
  readonly timers?: Pick<Timers, 'after'> | undefined
  /** Time for an answer, on top of what a long poll asks for. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined
}

export interface WaitOptions {
  /**
   * `seen`: at least one peer announced it to this node (a node's API), or every node holds it (a testnet's).
   * `included`: a block of the best chain contains it.
   */
  readonly wait?: 'seen' | 'included' | undefined
  /** How long to wait; default 30,000 ms. When it is over the item comes back as it stands: look at its fields. */
  readonly timeoutMs?: number | undefined
}

export interface EventsOptions<T extends string = NodeEventType> {
  /** Only these; all when absent. */
  readonly types?: readonly T[] | undefined
  /** Ends the stream quietly. */
  readonly signal?: AbortSignal | undefined
  /** Called when the server left out events because this reader was too slow. */
  readonly onDropped?: ((count: number) => void) | undefined
  /** Called for every sign of life, heartbeats among them: a connection may be silent because it is dead. */
  readonly onAlive?: (() => void) | undefined
}

/** A node's API. Every call rejects with `ApiError`. Lists are newest first unless said otherwise. */
export interface NodeClient {
  /** Address of the API, without a slash at its end. */
  readonly base: string
  status(): Promise<StatusView>
  peers(): Promise<PeerView[]>
  /** Members as the node sees them; `tag` is `name=value`. */
  members(query?: { tag?: string | undefined; state?: MemberView['state'] | undefined }): Promise<MemberView[]>
  /** Sets tags of the node; null removes one. Resolves with all of them. */
  tag(changes: Readonly<Record<string, string | null>>): Promise<{ tags: Record<string, string> }>
  /** The node says goodbye to all members. */
  leave(): Promise<{ left: true }>
  /** Peers that are refused for what they did, the one whose ban ends first first. */
  bans(): Promise<BanView[]>
  mempool(query?: { limit?: number | undefined }): Promise<MempoolView>
  /** Rejects with `not-found` when the node does not know it (after waiting, if asked to). */
  transaction(id: string, options?: WaitOptions): Promise<TransactionView>
  transactions(query?: { account?: string | undefined; limit?: number | undefined }): Promise<TransactionView[]>
  /** Takes a signed transaction's bytes as hex. Once resolved, it survives a crash of the node. */
  submit(hex: string): Promise<{ id: string }>
  /** By address or development name (`alice`). */
  account(address: string): Promise<AccountView>
  /** Richest first. */
  accounts(query?: { limit?: number | undefined }): Promise<AccountView[]>
  /** From `before` (a height, exclusive) downwards; from the head when absent. */
  blocks(query?: { limit?: number | undefined; before?: number | undefined }): Promise<BlockSummary[]>
  /** By hash, height or `head`. */
  block(id: string | number): Promise<BlockView>
  genesis(): Promise<GenesisView>
  /** What happens from now on. Ends when the server ends; rejects when the connection breaks. */
  events(options?: EventsOptions): AsyncIterable<NodeEvent>
}

/** The API of a testnet's controller. Every call rejects with `ApiError`. */
export interface TestnetClient {
  readonly base: string
  view(): Promise<TestnetView>
  /** Rejects with `not-found` when no node reported it. */
  item(id: string, options?: WaitOptions): Promise<ItemView>
  items(query?: { kind?: 'block' | 'transaction' | undefined; limit?: number | undefined }): Promise<ItemView[]>
  /** Events of all nodes, each with the node's name. */
  events(options?: EventsOptions<NamedEvent['type']>): AsyncIterable<NamedEvent>
  /** Combined updates: everything that is known, then what changes; see `Timeline`. Ends when the server ends. */
  updates(options?: Pick<EventsOptions, 'signal' | 'onAlive'>): AsyncIterable<Update>
  /** What one node says, asked by the controller. */
  status(node: string): Promise<StatusView>
  peers(node: string): Promise<PeerView[]>
  members(node: string): Promise<MemberView[]>
  mempool(node: string, query?: { limit?: number | undefined }): Promise<MempoolView>
  /** As the first node that runs has them. */
  accounts(query?: { limit?: number | undefined }): Promise<AccountView[]>
  block(id: string | number): Promise<BlockView>
  transaction(id: string): Promise<TransactionView>
  /** A payment of a development account, signed by the controller. Resolves once it would survive a crash. */
  pay(order: PaymentOrder): Promise<{ id: string }>
  /** Causes a fault now. Rejects with `unknown-node` or `shared-process` when nothing was done. */
  fault(order: FaultOrder): Promise<FaultView>
  /** Ends the run as Ctrl-C does. Resolves once the controller agreed to, before the report is written. */
  stop(): Promise<void>
}
