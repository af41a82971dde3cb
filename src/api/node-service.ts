// A node as its HTTP API shows it: views of chain, mempool, peers and store, made when they are asked for.
import { developmentName } from '../ledger/index.ts'
import type { Node } from '../node/index.ts'
import type { Membership } from '../peers/index.ts'
import { RecentMap } from '../runtime/index.ts'
import { type Block, type Hex, type SealedHeader, type Transaction, toHex } from '../wire/index.ts'
import type {
  AccountView,
  BanView,
  BlockSummary,
  BlockView,
  MemberView,
  PeerView,
  StatusView,
  TransactionView
} from './schemas.ts'
import type { NodeService } from './services.ts'

export interface NodeServiceInit {
  readonly version: string
  /** The node's name in a testnet. */
  readonly name?: string
  /** 99th percentile of this process's event-loop delay, ms. */
  readonly loopLagP99Ms: () => number
}

/** Membership is switched off. */
class NoMembershipError extends Error {
  readonly code = 'no-membership'
  constructor() {
    super('This node takes no part in membership.')
    this.name = 'NoMembershipError'
  }
}

/** Transactions of which it is remembered who announced them. */
const ANNOUNCED_MAX = 20_000

export function nodeService(node: Node, init: NodeServiceInit): NodeService {
  return new ServiceOfNode(node, init)
}

class ServiceOfNode implements NodeService {
  readonly events: NodeService['events']
  readonly #node: Node
  readonly #init: NodeServiceInit
  readonly #announcers = new RecentMap<Hex, Set<string>>(ANNOUNCED_MAX)

  constructor(node: Node, init: NodeServiceInit) {
    this.#node = node
    this.#init = init
    this.events = node.events
    node.events.subscribe((event) => {
      if ((event.type !== 'heard' && event.type !== 'duplicate') || event.kind !== 'transaction') return
      const known = this.#announcers.get(event.id)
      if (known === undefined) this.#announcers.set(event.id, new Set([event.from]))
      else known.add(event.from)
    })
  }

  ready(): boolean {
    return this.#node.state === 'started'
  }

  status(): StatusView {
    const node = this.#node
    const { head } = node.chain
    const { name } = this.#init
    return {
      version: this.#init.version,
      ...(name === undefined ? {} : { name }),
      network: node.genesis.network,
      genesis: node.genesis.hash,
      consensus: node.consensus.kind,
      peer: node.host.peerId,
      addresses: node.host.addresses(),
      head: { height: head.height, hash: head.hash, work: head.work.toString(), time: head.time },
      sync: this.#sync(),
      producing: node.producer?.running ?? false,
      peers: node.peers.peers().length,
      mempool: { count: node.mempool.size, bytes: node.mempool.bytes, min_fee: node.mempool.minFee },
      uptime_s: (node.runtime.clock.now() - node.startedAt) / 1000,
      event_loop_lag_p99_ms: this.#init.loopLagP99Ms()
    }
  }

  peers(): PeerView[] {
    const { peers, penalties, gossip, runtime } = this.#node
    const block = new Set(gossip.meshPeers('block'))
    const transaction = new Set(gossip.meshPeers('transaction'))
    const now = runtime.clock.now()
    return peers.peers().map(({ peer, agent, connection }) => ({
      peer,
      address: connection.address,
      direction: connection.direction,
      connected_s: (now - connection.openedAt) / 1000,
      mesh: [
        ...(block.has(peer) ? (['block'] as const) : []),
        ...(transaction.has(peer) ? (['transaction'] as const) : [])
      ],
      score: gossip.score(peer),
      penalty: penalties.score(peer),
      agent,
      ...headOf(this.#node.tipOf(peer))
    }))
  }

  bans(): BanView[] {
    return this.#node.penalties.bans()
  }

  members({ tag, state }: Parameters<NodeService['members']>[0]): MemberView[] {
    const found = this.#membership().find({
      ...(tag === undefined ? {} : { tags: { [tag[0]]: tag[1] } }),
      ...(state === undefined ? {} : { state })
    })
    return found.map(({ isSelf, silentMs, phi, tags, ...member }) => ({
      ...member,
      phi: Math.round(phi * 1000) / 1000,
      self: isSelf,
      heartbeat_age_s: silentMs / 1000,
      tags: { ...tags }
    }))
  }

  async tag(changes: Readonly<Record<string, string | null>>): Promise<Record<string, string>> {
    const entries = Object.entries(changes).map(([name, value]) => [name, value ?? undefined] as const)
    return { ...(await this.#membership().tag(Object.fromEntries(entries))) }
  }

  leave(): Promise<void> {
    return this.#membership().leave()
  }

  mempool(limit: number) {
    const { mempool } = this.#node
    const transactions = mempool
      .values()
      .take(limit)
      .map((transaction) => this.#pending(transaction))
      .toArray()
    return { count: mempool.size, bytes: mempool.bytes, min_fee: mempool.minFee, transactions }
  }

  transaction(id: string): TransactionView | undefined {
    const { mempool, store } = this.#node
    const pending = mempool.get(id)
    if (pending !== undefined) return this.#pending(pending)
    const stored = store.transaction(id)
    return stored === undefined ? undefined : this.#included(stored.transaction, stored.block, stored.height)
  }

  transactions({ account, limit }: { account?: string; limit: number }): TransactionView[] {
    const { mempool } = this.#node
    const candidates = account === undefined ? [...mempool.values()] : mempool.byAccount(account)
    const pending = candidates.slice(-limit).reverse()
    const views = pending.map((transaction) => this.#pending(transaction))
    const older = account === undefined ? this.#recentlyIncluded() : this.#includedOf(account)
    for (const view of older) {
      if (views.length >= limit) break
      views.push(view)
    }
    return views
  }

  async submit(bytes: Uint8Array): Promise<{ id: string }> {
    const { id } = await this.#node.submit(bytes)
    return { id }
  }

  account(address: string): AccountView {
    const { chain, mempool } = this.#node
    const { balance, nonce } = chain.account(address)
    const name = developmentName(address)
    return {
      address,
      ...(name === undefined ? {} : { name }),
      balance,
      nonce,
      next_nonce: mempool.nextNonce(address),
      available: mempool.available(address)
    }
  }

  accounts(limit: number): AccountView[] {
    const richest = [...this.#node.chain.accounts()].sort(
      ([a, { balance: ofA }], [b, { balance: ofB }]) => ofB - ofA || (a < b ? -1 : 1)
    )
    return richest.slice(0, limit).map(([address]) => this.account(address))
  }

  blocks({ limit, before }: { limit: number; before?: number }): BlockSummary[] {
    const { chain } = this.#node
    const summaries: BlockSummary[] = []
    const top = Math.min(chain.head.height, (before ?? Number.POSITIVE_INFINITY) - 1)
    for (let height = top; height >= 0 && summaries.length < limit; height--) {
      const hash = chain.hashAt(height)
      const summary = hash === undefined ? undefined : this.#summary(hash)
      if (summary !== undefined) summaries.push(summary)
    }
    return summaries
  }

  block(id: string): BlockView | undefined {
    const hash = this.#resolveBlock(id)
    const summary = hash === undefined ? undefined : this.#summary(hash)
    if (hash === undefined || summary === undefined) return undefined
    const confirmations = this.#confirmations(hash, summary.height)
    const transactions = this.#node.store.body(hash)?.transactions ?? []
    return {
      ...summary,
      confirmations,
      included: transactions.map((transaction) => this.#included(transaction, hash, summary.height))
    }
  }

  genesis() {
    return this.#node.genesis.file
  }

  blockTime(hash: string): number | undefined {
    return this.#node.chain.headerNode(hash)?.time
  }

  traffic() {
    return this.#node.traffic()
  }

  gossip() {
    return this.#node.gossip.counters()
  }

  #sync(): StatusView['sync'] {
    const { chain, catchingUp } = this.#node
    const { height } = chain.head
    if (catchingUp === undefined) {
      const target = Math.max(height, chain.bestHeader.height)
      return { state: 'in-step', target_height: target, blocks_per_second: null, seconds_left: null }
    }
    const { targetHeight, blocksPerSecond } = catchingUp
    return {
      state: 'syncing',
      target_height: targetHeight,
      blocks_per_second: blocksPerSecond,
      seconds_left: blocksPerSecond > 0 ? (targetHeight - height) / blocksPerSecond : null
    }
  }

  #membership(): Membership {
    const { membership } = this.#node
    if (membership === undefined) throw new NoMembershipError()
    return membership
  }

  #resolveBlock(id: string): Hex | undefined {
    const { chain, store } = this.#node
    if (id === 'head') return chain.head.hash
    if (/^\d{1,10}$/.test(id)) return chain.hashAt(Number(id))
    return chain.headerNode(id) !== undefined || store.header(id) !== undefined ? id : undefined
  }

  #summary(hash: Hex): BlockSummary | undefined {
    const { chain, store, genesis } = this.#node
    if (hash === genesis.hash) return summarize(genesis.header, undefined)
    const header = chain.headerNode(hash)?.header ?? store.header(hash)
    return header === undefined ? undefined : summarize(header, store.body(hash))
  }

  /** Blocks on top of it on the best chain, itself included; 0 beside the best chain. */
  #confirmations(hash: Hex, height: number): number {
    const { chain } = this.#node
    return chain.hashAt(height) === hash ? chain.head.height - height + 1 : 0
  }

  *#recentlyIncluded(): Generator<TransactionView> {
    const { chain, store } = this.#node
    for (let height = chain.head.height; height > 0; height--) {
      const hash = chain.hashAt(height)
      const block = hash === undefined ? undefined : store.body(hash)
      for (const transaction of block?.transactions.toReversed() ?? []) {
        yield this.#included(transaction, block?.header.hash ?? '', height)
      }
    }
  }

  *#includedOf(account: Hex): Generator<TransactionView> {
    const { store } = this.#node
    for (const location of store.history(account)) {
      const stored = store.transactionAt(location)
      if (stored !== undefined) yield this.#included(stored.transaction, stored.block, stored.height)
    }
  }

  #pending(transaction: Transaction): TransactionView {
    return { ...this.#describe(transaction), state: 'pending', confirmations: 0 }
  }

  #included(transaction: Transaction, hash: Hex, height: number): TransactionView {
    const confirmations = this.#confirmations(hash, height)
    return { ...this.#describe(transaction), state: 'included', block: { hash, height }, confirmations }
  }

  #describe(transaction: Transaction) {
    const { id, sender, recipient, amount, fee, nonce, validUntil, data, bytes } = transaction
    const senderName = developmentName(sender)
    const recipientName = developmentName(recipient)
    return {
      id,
      sender,
      ...(senderName === undefined ? {} : { sender_name: senderName }),
      recipient,
      ...(recipientName === undefined ? {} : { recipient_name: recipientName }),
      amount,
      fee,
      nonce,
      valid_until: validUntil,
      data: toHex(data),
      bytes: bytes.length,
      announced_by: this.#announcers.get(id)?.size ?? 0
    }
  }
}

function headOf(tip: { height: number; hash: Hex } | undefined): Pick<PeerView, 'head'> {
  return tip === undefined ? {} : { head: { height: tip.height, hash: tip.hash } }
}

function summarize(header: SealedHeader, block: Block | undefined): BlockSummary {
  const { hash, height, parent, time, producer, bits } = header
  return {
    hash,
    height,
    parent,
    time,
    producer,
    bits,
    transactions: block?.transactions.length ?? 0,
    bytes: block?.bytes.length ?? header.bytes.length + header.seal.length
  }
}
