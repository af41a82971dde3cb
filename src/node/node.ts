// A node: composition and life cycle, nothing else. It runs over any Host and any Store, real or virtual.
import { type GossipSettings, type PeerTargets, type RelayMode, relayDefaults, syncDefaults } from '../config/index.ts'
import type { Chain, Consensus, Genesis, Mempool } from '../ledger/index.ts'
import { Gossip, type GossipComponents, type GossipInit, type Host, Requests } from '../network/index.ts'
import { type Ban, type Membership, membersProtocol, PeerManager, PenaltyBox } from '../peers/index.ts'
import { Producer, type ProducerComponents, type ProducerInit, type Production } from '../production/index.ts'
import { BlockRelay, TransactionRelay } from '../relay/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import {
  AntiEntropy,
  ChainFetcher,
  type ChainTip,
  decodeTip,
  encodeTip,
  MempoolSet,
  MempoolSync,
  serveSync,
  takeTransactions,
  tipOf
} from '../sync/index.ts'
import { EventEmitter, type RequestEvent, type TrafficCounters } from '../trace/index.ts'
import { type Block, decodeTransaction, fromHex, type SealedHeader, type Transaction } from '../wire/index.ts'
import { Importer } from './importer.ts'
import { Intake } from './intake.ts'
import { composeMembership, type NodeMembership } from './membership.ts'
import { openLedger } from './ledger.ts'

export interface NodeComponents {
  readonly genesis: Genesis
  readonly host: Host
  readonly store: Store
  readonly runtime: Runtime
}

export interface NodeInit {
  /** What the node calls itself to its peers, at most 64 characters. */
  readonly agent: string
  /** Multiaddrs, with their /p2p/ parts, to keep connected to. */
  readonly bootstrap: readonly string[]
  /** Absent: its connections are those it is told to make, and nobody is let go for being too many. */
  readonly targets?: PeerTargets | undefined
  readonly gossip: GossipSettings
  /** How it spreads what is new. Whole and compact blocks are understood either way; `rounds` takes no part in gossip. */
  readonly relay: RelayMode
  /** Anti-entropy interval, ms. */
  readonly syncIntervalMs: number
  /** Peers asked each time. */
  readonly syncFanout: number
  /** Largest block this node produces, bytes. */
  readonly blockMaxBytes: number
  /** Absent: it takes no part in membership. */
  readonly membership?: NodeMembership | undefined
  /** Absent: the node never produces. */
  readonly production?: Pick<ProducerInit, 'key' | 'hashRate' | 'search'>
}

/** Parts that may be replaced: how src/adversary makes nodes that misbehave. */
export interface NodeParts {
  createGossip(components: GossipComponents, init: GossipInit): Gossip
  createProducer(components: ProducerComponents, init: ProducerInit): Production
}

const HONEST: NodeParts = {
  createGossip: (components, init) => new Gossip(components, init),
  createProducer: (components, init) => new Producer(components, init)
}

/** The node was asked for something before its start or after its end. */
export class NotRunningError extends Error {
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
  readonly antiEntropy: AntiEntropy
  readonly fetcher: ChainFetcher
  readonly producer: Production | undefined
  readonly startedAt: number
  readonly #requests: Requests
  readonly #importer: Importer
  readonly #intake: Intake
  readonly #transactionRelay: TransactionRelay
  readonly #blockRelay: BlockRelay
  readonly #mempools: MempoolSync
  #state: NodeState = 'created'
  #left: Promise<void> | undefined
  readonly #peerTips = new Map<string, ChainTip>()

  constructor({ genesis, host, store, runtime }: NodeComponents, init: NodeInit, parts: Partial<NodeParts> = {}) {
    const { createGossip, createProducer } = { ...HONEST, ...parts }
    this.genesis = genesis
    this.host = host
    this.store = store
    this.runtime = runtime
    this.startedAt = runtime.clock.now()
    this.events = new EventEmitter((error) => runtime.logger.error('an event sink failed', { error: String(error) }))
    const { events } = this
    const { chain, consensus, mempool } = openLedger({ genesis, store, runtime, events })
    this.chain = chain
    this.consensus = consensus
    this.mempool = mempool

    const spreads = init.relay === 'rounds'
    this.gossip = createGossip(
      { host, runtime, events },
      { network: genesis.hash.slice(0, 8), settings: expecting(init.gossip, genesis), silent: spreads }
    )
    const onOffence = (from: string, code: string): void =>
      events.emit({ type: 'rejected', kind: 'message', from, code, at: runtime.clock.now() })
    this.#requests = new Requests({ host, runtime, onOffence, onAsked: (event) => this.#onAsked(event) })
    this.#importer = new Importer({ chain, mempool, store, runtime, events }, { onFailed: () => this.#fail() })
    this.#intake = new Intake({ chain, mempool, importer: this.#importer, store, events, runtime })
    const requests = this.#requests
    const intake = this.#intake
    this.fetcher = new ChainFetcher({
      chain,
      requests,
      intake,
      runtime,
      onOffence,
      isComing: (hash) => this.#blockRelay.isComing(hash),
      onCompact: (block, compact) => this.#announceRepaired(block, compact)
    })
    const verify = (transactions: readonly Transaction[]): Promise<boolean> =>
      this.#importer.verifyTransactions(transactions)
    this.#transactionRelay = new TransactionRelay({
      gossip: this.gossip,
      mempool,
      verify,
      events,
      runtime
    })
    this.#blockRelay = new BlockRelay(
      {
        gossip: this.gossip,
        requests,
        intake,
        mempool,
        events,
        runtime,
        fetchAncestors: (peer, header) => this.#fetchAncestors(peer, header),
        isPeer: (peer) => this.peers.has(peer),
        onOffence
      },
      { mode: init.relay, ...(init.production === undefined ? {} : { sign: init.production.key.sign }) }
    )
    this.gossip.onDuplicate((topic, id, from, at) => {
      const relay = topic === 'block' ? this.#blockRelay : this.#transactionRelay
      relay.onDuplicate(id, from, at)
    })
    const set = new MempoolSet({ mempool, runtime, ...(spreads ? { settleMs: 0 } : {}) })
    this.#mempools = new MempoolSync({
      self: host.peerId,
      set,
      requests,
      runtime,
      take: takeTransactions({ mempool, set, verify, via: spreads ? 'gossip' : 'repair', events, runtime }),
      saltsWith: (peer) => this.peers.saltsWith(peer),
      onOffence
    })
    this.antiEntropy = new AntiEntropy(
      {
        mempools: this.#mempools,
        meshPeers: () => this.gossip.meshPeers('block'),
        chain,
        requests,
        fetcher: this.fetcher,
        events,
        runtime,
        peers: () => this.peers.peers().map(({ peer }) => peer),
        onTip: (peer, tip) => void this.#peerTips.set(peer, tip)
      },
      { intervalMs: init.syncIntervalMs, jitter: syncDefaults.jitter, fanout: init.syncFanout, spreads }
    )
    const save = (bans: readonly Ban[]): Promise<void> => store.putMeta(BANS, bans)
    this.penalties = new PenaltyBox({ host, events, runtime, save }, store.getMeta(BANS))
    this.peers = new PeerManager(
      {
        host,
        requests,
        events,
        runtime,
        isBanned: (peer, address) => this.penalties.isBanned(peer, address),
        penaltyOf: (peer) => this.penalties.score(peer),
        save: (addresses) => store.putMeta(ADDRESSES, addresses),
        tip: () => encodeTip(tipOf(chain.head)),
        onPeerTip: (peer, tip) => this.#onPeerTip(peer, decodeTip(tip))
      },
      {
        genesis: fromHex(genesis.hash),
        agent: init.agent,
        bootstrap: init.bootstrap,
        remembered: store.getMeta(ADDRESSES),
        targets: init.targets
      }
    )
    this.membership = this.#makeMembership(init)
    host.subscribe({
      disconnected: (peer) => {
        this.#peerTips.delete(peer)
        this.#mempools.onDisconnected(peer)
      }
    })
    events.subscribe((event) => {
      if (event.type === 'head') set.onHead()
    })
    this.producer =
      init.production === undefined
        ? undefined
        : createProducer(
            {
              chain,
              consensus,
              mempool,
              runtime,
              inStep: () => this.inStep,
              onSealed: (block) => this.#onSealed(block)
            },
            {
              ...init.production,
              network: genesis.network,
              blockMaxBytes: init.blockMaxBytes
            }
          )
  }

  get state(): NodeState {
    return this.#state
  }

  /** False while blocks are fetched whose headers were checked: what a peer merely claims stops nobody from producing. */
  get inStep(): boolean {
    return this.fetcher.progress === undefined || this.chain.bestHeader.height <= this.chain.head.height + 1
  }

  /** How far it is while it is not in step, and how fast: blocks a second since it began to catch up. */
  get catchingUp(): { readonly targetHeight: number; readonly blocksPerSecond: number } | undefined {
    const { progress } = this.fetcher
    if (this.inStep || progress === undefined) return undefined
    const seconds = (this.runtime.clock.now() - progress.startedAt) / 1000
    const imported = Math.max(0, this.chain.head.height - progress.startHeight)
    return {
      targetHeight: this.chain.bestHeader.height,
      blocksPerSecond: seconds > 0 ? imported / seconds : 0
    }
  }

  /** What this peer said of its chain last. */
  tipOf(peer: string): ChainTip | undefined {
    return this.#peerTips.get(peer)
  }

  /** Listens, dials, gossips and repairs. Production is started apart, by `producer.start()`. */
  async start(): Promise<void> {
    const { chain, runtime, store } = this
    await serveSync({
      chain,
      blockBytes: (hash) => store.blockBytes(hash),
      compactBytes: (hash) => this.#blockRelay.compactOf(hash),
      requests: this.#requests,
      isPeer: (peer) => this.peers.has(peer),
      onPeerTip: (peer, tip) => this.#onPeerTip(peer, tip),
      mempools: this.#mempools
    })
    this.penalties.start()
    await this.#blockRelay.start()
    await this.peers.start()
    await this.gossip.start()
    await this.host.start()
    await this.membership?.start()
    this.antiEntropy.start()
    this.#state = 'started'
    this.#announceOwnAgain()
    runtime.logger.info('node started', { peer: this.host.peerId, height: chain.head.height })
  }

  /** Stops everything in the reverse order; the store is closed last. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#halt()
    await this.membership?.stop()
    await this.#leaveNetwork()
    await this.#importer.stop()
    await this.penalties.stop()
    await this.store.putMeta(ADDRESSES, this.peers.addresses())
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
    await this.#leaveNetwork()
    await this.#importer.stop()
    await this.penalties.stop()
  }

  /** Takes no further part. */
  #halt(): void {
    this.#state = 'stopped'
    this.producer?.stop()
    this.antiEntropy.stop()
    this.#mempools.stop()
    this.fetcher.stop()
    this.#blockRelay.stop()
    this.#transactionRelay.stop()
    this.peers.stop()
  }

  /**
   * Takes a transaction from a user: checks it, journals it, announces it. Resolves once it would survive a crash.
   * Rejects with `WireError` or `LedgerError`; the message is for the user.
   */
  async submit(bytes: Uint8Array): Promise<Transaction> {
    if (this.#state !== 'started') throw new NotRunningError()
    const transaction = decodeTransaction(bytes)
    if (await this.#importer.submit(transaction)) {
      const at = this.runtime.clock.now()
      this.events.emit({ type: 'published', kind: 'transaction', id: transaction.id, bytes: bytes.length, at })
      this.#blockRelay.onOwnTransaction(transaction.id)
      this.#transactionRelay.announce(transaction)
    }
    return transaction
  }

  /** Bytes sent since the start, by what they were for. */
  traffic(): TrafficCounters {
    const gossip = this.gossip.traffic()
    const requests = this.#requests.traffic()
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

  #onPeerTip(peer: string, tip: ChainTip): void {
    this.#peerTips.set(peer, tip)
    this.antiEntropy.onPeerTip(peer, tip)
  }

  /** Rounds of membership come all the time and would drown everything else. */
  #onAsked(event: RequestEvent): void {
    if (event.protocol !== membersProtocol.id || event.outcome === 'failed') this.events.emit(event)
  }

  #makeMembership({ membership, agent, targets }: NodeInit): Membership | undefined {
    if (membership === undefined) return undefined
    const { runtime, fetcher, antiEntropy, peers } = this
    return composeMembership(
      { node: this, requests: this.#requests },
      {
        ...membership,
        agent,
        // A node whose edges are fixed has no use for further addresses.
        learn: (address, source) => void (targets !== undefined && peers.learn(address, source)),
        // A member's word that there is more: worth a comparison with a peer, unless it has come meanwhile.
        onAhead: (height) => {
          if (this.#state !== 'started' || this.chain.head.height >= height || fetcher.progress !== undefined) return
          const peer = runtime.random.pick(peers.peers())
          if (peer !== undefined) void antiEntropy.round(peer.peer)
        }
      }
    )
  }

  async #onSealed(block: Block): Promise<void> {
    const { hash, height } = block.header
    const at = this.runtime.clock.now()
    const outcome = await this.#intake.offer(block, { via: 'own', lane: 'tip' })
    if (outcome.status !== 'checked') {
      this.runtime.logger.warn('a sealed block was not taken', { hash, status: outcome.status })
      return
    }
    const { length } = block.transactions
    const announcement = this.#blockRelay.announcementOf(block)
    this.events.emit({
      type: 'published',
      kind: 'block',
      id: hash,
      height,
      bytes: block.bytes.length,
      wireBytes: announcement.length,
      transactions: length,
      at
    })
    await this.#blockRelay.announce(block, announcement)
    await outcome.imported
  }

  #announceRepaired(block: Block, compact: Uint8Array): void {
    if (this.#state !== 'started') return
    this.#blockRelay.announceRepaired(block, compact).catch((error) => {
      this.runtime.logger.warn('could not announce a repaired block', { error: String(error) })
    })
  }

  /** Resolves when the peer's headers are here, so that the parent is known, or when they can't be had. */
  async #fetchAncestors(peer: string, header: SealedHeader): Promise<void> {
    const target: ChainTip = { height: header.height - 1, hash: header.parent, work: 0n }
    await this.fetcher.catchUp(peer, target, 'requested').headers
  }

  /**
   * Own transactions that no block includes are announced again: to every new mesh peer, because nobody may have been
   * there to hear, and every few blocks, because whoever heard may be gone.
   */
  #announceOwnAgain(): void {
    this.events.subscribe((event) => {
      const isNewPeer = event.type === 'mesh' && event.change === 'graft' && event.topic === 'transaction'
      const isTime = event.type === 'head' && event.height % relayDefaults.announceAgainBlocks === 0
      if (!isNewPeer && !isTime) return
      const own = take(this.#importer.ownPending(), relayDefaults.announceAgainMax)
      if (own.length > 0) this.#transactionRelay.announceAgain(own)
    })
  }

  /** Once, however often it is asked for. */
  #leaveNetwork(): Promise<void> {
    this.#left ??= (async () => {
      await this.gossip.stop()
      await this.#requests.stop()
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
    this.antiEntropy.stop()
    this.fetcher.stop()
    this.membership?.end()
    this.peers.stop()
    this.#leaveNetwork().catch((error) =>
      this.runtime.logger.error('could not leave the network', { error: String(error) })
    )
  }
}

/** Name of the store's record of addresses known from before. */
const ADDRESSES = 'addresses'

/** Name of the store's record of bans. */
const BANS = 'bans'

function take<T>(items: Iterable<T>, limit: number): T[] {
  const taken: T[] = []
  for (const item of items) {
    if (taken.length >= limit) break
    taken.push(item)
  }
  return taken
}

/** The settings, with the rate of blocks that the genesis says. */
function expecting(settings: GossipSettings, { file }: Genesis): GossipSettings {
  const { consensus } = file
  const intervalMs = consensus.kind === 'pow' ? consensus.intervalMs : consensus.slotMs
  return { ...settings, expectedPerSecond: { ...settings.expectedPerSecond, block: 1000 / intervalMs } }
}
