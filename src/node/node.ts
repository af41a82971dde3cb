// A node: its parts, made by compose.ts, and its life cycle. It runs over any Host and any Store, real or virtual.
import type { Chain, Consensus, Genesis, Mempool } from '../ledger/index.ts'
import type { Gossip, Host } from '../network/index.ts'
import type { Membership, PeerManager, PenaltyBox } from '../peers/index.ts'
import type { Production } from '../production/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import type { ChainFetcher, ChainTip } from '../sync/index.ts'
import type { EventEmitter, TrafficCounters } from '../trace/index.ts'
import { decodeTransaction, type Transaction } from '../wire/index.ts'
import { compose } from './compose.ts'
import type { NodeInit, PartMakers } from './node-init.ts'
import type { NodeComponents, Parts } from './parts.ts'
import { saveAddresses } from './peers.ts'
import { type CatchingUp, catchingUp, isInStep } from './progress.ts'
import { serve } from './sync.ts'

/** The node was asked for something before its start or after its end. */
class NotRunningError extends Error {
  readonly code = 'not-running'
  constructor() {
    super('The node is not running.')
    this.name = 'NotRunningError'
  }
}

/** `failed`: its store can't be written any more; it answers questions, but takes part in nothing. */
export type NodeState = 'created' | 'started' | 'failed' | 'stopped'

export class Node {
  readonly genesis: Genesis
  readonly host: Host
  readonly store: Store
  readonly runtime: Runtime
  readonly events: EventEmitter
  readonly chain: Chain
  readonly consensus: Consensus
  readonly mempool: Mempool
  readonly gossip: Gossip
  readonly peers: PeerManager
  readonly membership: Membership | undefined
  readonly penalties: PenaltyBox
  readonly fetcher: ChainFetcher
  readonly producer: Production | undefined
  readonly startedAt: number
  readonly #parts: Parts
  #state: NodeState = 'created'
  #left: Promise<void> | undefined

  constructor(components: NodeComponents, init: NodeInit, others: Partial<PartMakers> = {}) {
    const life = { isStarted: () => this.#state === 'started', onFailed: () => this.#fail() }
    const parts = compose(components, init, life, others)
    this.#parts = parts
    this.genesis = parts.genesis
    this.host = parts.host
    this.store = parts.store
    this.runtime = parts.runtime
    this.events = parts.events
    this.chain = parts.chain
    this.consensus = parts.consensus
    this.mempool = parts.mempool
    this.gossip = parts.gossip
    this.peers = parts.peers
    this.membership = parts.membership
    this.penalties = parts.penalties
    this.fetcher = parts.fetcher
    this.producer = parts.producer
    this.startedAt = parts.runtime.clock.now()
  }

  get state(): NodeState {
    return this.#state
  }

  get inStep(): boolean {
    return isInStep(this)
  }

  get catchingUp(): CatchingUp | undefined {
    return catchingUp(this, this.runtime.clock.now())
  }

  /** What this peer said of its chain last. */
  tipOf(peer: string): ChainTip | undefined {
    return this.#parts.tips.of(peer)
  }

  /** Listens, dials, gossips and repairs. Production is started apart, by `producer.start()`. */
  async start(): Promise<void> {
    const { host, gossip, penalties, blockRelay, peers, membership, antiEntropy, chain, runtime } = this.#parts
    await serve(this.#parts)
    penalties.start()
    await blockRelay.start()
    await peers.start()
    await gossip.start()
    await host.start()
    await membership?.start()
    antiEntropy.start()
    this.#state = 'started'
    runtime.logger.info('node started', { peer: host.peerId, height: chain.head.height })
  }

  /** Stops everything in the reverse order; the store is closed last. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#halt()
    await this.membership?.stop()
    await this.#settle()
    await saveAddresses(this.#parts)
    await this.store.close()
  }

  /**
   * Ends as a killed process would, for engines that kill nodes: connections are reset, nobody is told, nothing more is
   * written but the step that is under way. The store stays open: whoever holds it closes it or starts a node on it.
   */
  async crash(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#halt()
    this.membership?.end()
    await this.host.abort()
    await this.#settle()
  }

  /**
   * Takes a transaction from a user: checks it, journals it, announces it. Resolves once it would survive a crash.
   * Rejects with `WireError` or `LedgerError`; the message is for the user.
   */
  async submit(bytes: Uint8Array): Promise<Transaction> {
    if (this.#state !== 'started') throw new NotRunningError()
    const transaction = decodeTransaction(bytes)
    const { importer, blockRelay, transactionRelay } = this.#parts
    if (await importer.submit(transaction)) {
      const at = this.runtime.clock.now()
      this.events.emit({ type: 'published', kind: 'transaction', id: transaction.id, bytes: bytes.length, at })
      blockRelay.onOwnTransaction(transaction.id)
      transactionRelay.announce(transaction)
    }
    return transaction
  }

  /** Bytes sent since the start, by what they were for. */
  traffic(): TrafficCounters {
    const gossip = this.gossip.traffic()
    const requests = this.#parts.requests.traffic()
    return {
      bytesSent: this.host.bytesSent(),
      byKind: {
        block: gossip.block + requests.block,
        transaction: gossip.transaction + requests.transaction,
        control: gossip.control + requests.control,
        repair: requests.repair,
        membership: requests.membership
      }
    }
  }

  /** Takes no further part. */
  #halt(): void {
    const { producer, antiEntropy, mempools, fetcher, blockRelay, transactionRelay, peers } = this.#parts
    this.#state = 'stopped'
    producer?.stop()
    antiEntropy.stop()
    mempools.stop()
    fetcher.stop()
    blockRelay.stop()
    transactionRelay.stop()
    peers.stop()
  }

  /** Ends what goes on by itself: messages, blocks being imported, bans being written. */
  async #settle(): Promise<void> {
    await this.#leaveNetwork()
    await this.#parts.importer.stop()
    await this.penalties.stop()
  }

  /** Once, however often it is asked for. */
  #leaveNetwork(): Promise<void> {
    this.#left ??= (async () => {
      await this.gossip.stop()
      await this.#parts.requests.stop()
      await this.host.stop()
    })()
    return this.#left
  }

  /** The store failed. Going on would publish what can't be kept. */
  #fail(): void {
    if (this.#state !== 'started') return
    this.#state = 'failed'
    this.runtime.logger.error('the store failed: this node takes part in nothing any more; restart it')
    this.producer?.stop()
    this.#parts.antiEntropy.stop()
    this.fetcher.stop()
    this.membership?.end()
    this.peers.stop()
    this.#leaveNetwork().catch((error) =>
      this.runtime.logger.error('could not leave the network', { error: String(error) })
    )
  }
}
