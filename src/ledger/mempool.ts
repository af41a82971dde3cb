// The mempool: a view of (transactions seen, chain). For one (sender, nonce) the higher fee wins, then the lower id, so
// any order of arrival ends the same and any two nodes agree. What can't be included yet waits in bounded numbers; when
// the whole is full, the tails that pay least go and the minimum fee rises.
import { MEMPOOL_LIMITS, type MempoolLimits } from '../config/index.ts'
import type { Block, Hex, Transaction } from '../wire/index.ts'
import { Heap } from './mempool-heap.ts'
import { feeRate, feeWeight, paysLess, supersedes, worthGossiping } from './mempool-order.ts'
import { SenderQueue } from './mempool-queue.ts'
import { RefusedIds } from './mempool-refused.ts'
import { type SelectLimits, selectByFee } from './mempool-select.ts'
import type { Account, ChainUpdate, Head } from './types.ts'

/** Why a transaction is not taken. */
export type RefusedCode =
  | 'wrong-network'
  /** The last height it may be included at has passed. */
  | 'expired'
  | 'nonce-used'
  /** Too far beyond the sender's next nonce. */
  | 'nonce-gap'
  | 'insufficient-funds'
  | 'below-min-fee'
  /** The same sender and nonce are taken by one with a higher fee (or the same and a lower id). */
  | 'outbid'
  | 'mempool-full'

export type AddResult =
  | { readonly status: 'added' | 'known' }
  /** `gossip`: the fee rose by at least a tenth, enough to tell the network. */
  | { readonly status: 'replaced'; readonly replaced: Hex; readonly gossip: boolean }
  | { readonly status: 'refused'; readonly code: RefusedCode }

/** Why a transaction left. */
export type RemovedReason = 'included' | 'replaced' | 'nonce-used' | 'expired' | 'evicted' | 'stale'

/** Told of every change, synchronously: what keeps a sketch of the ids current, and the journal. */
export interface MempoolWatcher {
  added?(transaction: Transaction): void
  removed?(transaction: Transaction, reason: RemovedReason): void
}

/** What the mempool reads of the chain: always as of its head. `Chain` is one. */
export interface ChainView {
  readonly head: Pick<Head, 'height'>
  account(address: Hex): Account
}

export interface MempoolInit {
  /** Network id that transactions must carry. */
  readonly network: Hex
  readonly limits?: Partial<MempoolLimits>
}

export class Mempool {
  readonly #chain: ChainView
  /** Network id that transactions must carry. */
  readonly network: Hex
  readonly #limits: MempoolLimits
  readonly #byId = new Map<Hex, Transaction>()
  readonly #queues = new Map<Hex, SenderQueue>()
  /** Those with a last height, by it. */
  readonly #expiring = new Map<number, Set<Transaction>>()
  readonly #refused: RefusedIds
  readonly #watchers = new Set<MempoolWatcher>()
  #bytes = 0
  #waiting = 0
  #minFee: number
  /** While full: every queue's tail, who pays least first; some have left since. Built when needed. */
  #tails: Heap<Transaction> | undefined

  constructor({ chain }: { readonly chain: ChainView }, init: MempoolInit) {
    this.#chain = chain
    this.network = init.network
    this.#limits = { ...MEMPOOL_LIMITS, ...init.limits }
    this.#minFee = this.#limits.minFeeFloor
    this.#refused = new RefusedIds(this.#limits.maxRefused)
  }

  get size(): number {
    return this.#byId.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Least that `minFee` ever is: everything here pays it. */
  get minFeeFloor(): number {
    return this.#limits.minFeeFloor
  }

  /** Fee per kilobyte started that a newcomer must pay: rises while full, falls back to the floor below half of it. */
  get minFee(): number {
    return this.#minFee
  }

  /** What a transaction of this size must pay at present. */
  requiredFee(transaction: Transaction): number {
    return this.#minFee * feeWeight(transaction)
  }

  /** Whether a transaction pays `minFee` for each kilobyte started. */
  pays(transaction: Transaction, minFee: number): boolean {
    return transaction.fee >= minFee * feeWeight(transaction)
  }

  has(id: Hex): boolean {
    return this.#byId.has(id)
  }

  get(id: Hex): Transaction | undefined {
    return this.#byId.get(id)
  }

  /** Not worth fetching: refused before, or included in a recent block. */
  isRefused(id: Hex): boolean {
    return this.#refused.has(id)
  }

  /** Ids that `isRefused` knows, some perhaps twice. */
  refusedIds(): Iterable<Hex> {
    return this.#refused.ids()
  }

  /** How many `refusedIds` gives. */
  get refusedCount(): number {
    return this.#refused.size
  }

  values(): IteratorObject<Transaction> {
    return this.#byId.values()
  }

  /** Pending transactions from or to `address`, its own by nonce first. Looks at every transaction. */
  byAccount(address: Hex): Transaction[] {
    const received = [...this.#byId.values()].filter(
      ({ recipient, sender }) => recipient === address && sender !== address
    )
    return [...(this.#queues.get(address)?.transactions ?? []), ...received]
  }

  /** The first nonce from the account's on that nothing pending has. */
  nextNonce(address: Hex): number {
    return this.#queues.get(address)?.nextNonce ?? this.#chain.account(address).nonce
  }

  /** The nonce that the chain expects next: below it, nonces are used. */
  accountNonce(address: Hex): number {
    return this.#chain.account(address).nonce
  }

  /** Balance less what the account's pending transactions spend; never below 0. */
  available(address: Hex): number {
    return this.fundsAt(address, Number.MAX_SAFE_INTEGER)
  }

  /** Balance less what its pending transactions with a lower nonce spend: what one with this nonce may spend. */
  fundsAt(address: Hex, nonce: number): number {
    return this.#queues.get(address)?.fundsAt(nonce) ?? this.#chain.account(address).balance
  }

  /** Returns the function that unsubscribes. */
  watch(watcher: MempoolWatcher): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /**
   * Takes a transaction whose signature the caller has verified. One whose nonce is up to 64 beyond, or whose
   * sender can't pay it yet, waits. A refusal for good is remembered; one that the next block may lift, until then.
   */
  add(transaction: Transaction): AddResult {
    if (this.#byId.has(transaction.id)) return { status: 'known' }
    const code = this.objection(transaction)
    return code === undefined ? this.#insert(transaction) : this.#refuse(transaction.id, code)
  }

  /** Transactions for the next block, valid in this order: the best fee rate first among each sender's next. */
  select(limits: SelectLimits): Transaction[] {
    return selectByFee(this.#queues.values(), limits)
  }

  /** Follows a step of the chain; the chain view already shows the accounts after it. */
  follow(update: ChainUpdate): void {
    // What was refused on another branch may be right on this one.
    if (update.disconnected.length > 0) this.#refused.clear()
    this.#refused.nextHead()
    this.#tails = undefined
    for (const { block } of update.connected) this.#include(block)
    for (const [address, account] of update.accounts) this.#followAccount(address, account)
    for (const block of update.disconnected.toReversed()) for (const back of block.transactions) this.add(back)
    this.#expire()
    this.#dropStale()
    this.#decayMinFee()
  }

  /**
   * Why a transaction would be refused at present, if it would: cheap, changes nothing, and needs no signature. It may
   * be refused all the same once others were evicted for it. `ahead`: others of its sender that may be added before it,
   * at the most.
   */
  objection(transaction: Transaction, ahead = 0): RefusedCode | undefined {
    const { network, sender, nonce, validUntil, amount, fee } = transaction
    if (network !== this.network) return 'wrong-network'
    if (validUntil !== 0 && validUntil <= this.#chain.head.height) return 'expired'
    const queue = this.#queues.get(sender)
    const account = this.#chain.account(sender)
    if (nonce < account.nonce) return 'nonce-used'
    if (nonce >= account.nonce + this.#limits.maxPerSender) return 'nonce-gap'
    const readyNonce = queue?.readyNonce ?? account.nonce
    if (nonce > readyNonce + ahead + this.#limits.maxGap) {
      return queue?.at(readyNonce) === undefined ? 'nonce-gap' : 'insufficient-funds'
    }
    if (fee < this.requiredFee(transaction)) return 'below-min-fee'
    const held = queue?.at(nonce)
    if (held !== undefined && held.id !== transaction.id && !supersedes(transaction, held)) return 'outbid'
    const ready = nonce <= readyNonce + ahead && amount + fee <= account.balance
    // Approximate at the edge: a replacement inside the ready part may push others out of it.
    const funded = amount + fee <= account.balance
    const waitingMax = funded ? this.#limits.maxWaiting : this.#limits.maxWaitingUnfunded
    if (!ready && held === undefined && this.#waiting >= waitingMax) {
      return funded ? 'mempool-full' : 'insufficient-funds'
    }
    return undefined
  }

  /** Those that nothing speaks against, whatever becomes of the ones before. `ahead`: more of a sender's on their way in. */
  unobjectionable(transactions: readonly Transaction[], ahead: (sender: Hex) => number = () => 0): Transaction[] {
    const before = new Map<Hex, number>()
    return transactions.filter((transaction) => {
      const { sender } = transaction
      const inBatch = before.get(sender) ?? 0
      if (this.objection(transaction, inBatch + ahead(sender)) !== undefined) return false
      before.set(sender, inBatch + 1)
      return true
    })
  }

  #insert(transaction: Transaction): AddResult {
    const queue = this.#queueOf(transaction.sender)
    const insertion = this.#change(queue, () => queue.insert(transaction))
    if (insertion.status === 'outbid') return this.#refuse(transaction.id, 'outbid')
    this.#hold(transaction)
    if (insertion.status === 'replaced') {
      this.#release(insertion.replaced, 'replaced')
      this.#refused.add(insertion.replaced.id)
    }
    this.#evict()
    if (!this.#byId.has(transaction.id)) return { status: 'refused', code: 'mempool-full' }
    if (insertion.status === 'added') return { status: 'added' }
    const { replaced } = insertion
    return { status: 'replaced', replaced: replaced.id, gossip: worthGossiping(transaction, replaced) }
  }

  #refuse(id: Hex, code: RefusedCode): AddResult {
    switch (code) {
      case 'wrong-network':
      case 'expired':
      case 'nonce-used':
      case 'outbid':
        this.#refused.add(id)
        break
      case 'insufficient-funds':
      case 'below-min-fee':
      case 'mempool-full':
        this.#refused.addUntilNextHead(id)
        break
      case 'nonce-gap':
        // The next arrival may fill it.
        break
      default:
        code satisfies never
    }
    return { status: 'refused', code }
  }

  #queueOf(sender: Hex): SenderQueue {
    let queue = this.#queues.get(sender)
    if (queue === undefined) {
      queue = new SenderQueue(sender, this.#chain.account(sender))
      this.#queues.set(sender, queue)
    }
    return queue
  }

  /** Books a transaction that its queue has taken. */
  #hold(transaction: Transaction): void {
    const { id, bytes, validUntil } = transaction
    this.#byId.set(id, transaction)
    this.#bytes += bytes.length
    this.#refused.delete(id)
    if (validUntil !== 0) {
      const sameHeight = this.#expiring.get(validUntil)
      if (sameHeight === undefined) this.#expiring.set(validUntil, new Set([transaction]))
      else sameHeight.add(transaction)
    }
    if (this.#tails !== undefined) this.#pushTail(transaction.sender)
    for (const watcher of this.#watchers) watcher.added?.(transaction)
  }

  /** The opposite, for one that its queue has given up. */
  #release(transaction: Transaction, reason: RemovedReason): void {
    const { id, bytes, validUntil } = transaction
    if (!this.#byId.delete(id)) return
    this.#bytes -= bytes.length
    const sameHeight = this.#expiring.get(validUntil)
    sameHeight?.delete(transaction)
    if (sameHeight?.size === 0) this.#expiring.delete(validUntil)
    for (const watcher of this.#watchers) watcher.removed?.(transaction, reason)
  }

  /** Changes a queue, keeps the count of waiting ones, and drops it when empty. */
  #change<T>(queue: SenderQueue, work: () => T): T {
    const waitingBefore = queue.waiting
    const result = work()
    this.#waiting += queue.waiting - waitingBefore
    if (queue.waiting === 0) queue.waitingSince = undefined
    else queue.waitingSince ??= this.#chain.head.height
    if (queue.transactions.length === 0) this.#queues.delete(queue.sender)
    return result
  }

  // ---- limits

  #isOver(): boolean {
    return this.size > this.#limits.maxCount || this.#bytes > this.#limits.maxBytes
  }

  #evict(): void {
    while (this.#isOver()) {
      this.#tails ??= this.#collectTails()
      const tail = this.#tails.pop()
      if (tail === undefined) return
      const queue = this.#queues.get(tail.sender)
      if (queue?.tail !== tail) continue
      this.#change(queue, () => queue.removeTail())
      this.#release(tail, 'evicted')
      this.#refused.addUntilNextHead(tail.id)
      this.#minFee = Math.max(this.#minFee, Math.floor(feeRate(tail)) + 1)
      this.#pushTail(tail.sender)
    }
  }

  #collectTails(): Heap<Transaction> {
    const tails: Transaction[] = []
    for (const { tail } of this.#queues.values()) if (tail !== undefined) tails.push(tail)
    return new Heap(tails, paysLess)
  }

  #pushTail(sender: Hex): void {
    const tail = this.#queues.get(sender)?.tail
    if (tail !== undefined) this.#tails?.push(tail)
    // Former tails pile up: start over before they outnumber the transactions.
    if ((this.#tails?.size ?? 0) > 2 * this.size + 64) this.#tails = undefined
  }

  #decayMinFee(): void {
    const { maxCount, maxBytes } = this.#limits
    if (2 * this.size < maxCount && 2 * this.#bytes < maxBytes) {
      this.#minFee = Math.max(this.#limits.minFeeFloor, Math.floor(this.#minFee / 2))
    }
  }

  // ---- the chain moved

  #include(block: Block): void {
    const ids = idsOf(block)
    for (const id of ids) {
      const held = this.#byId.get(id)
      // Its queue lets go of it when the sender's account follows.
      if (held !== undefined) this.#release(held, 'included')
    }
    this.#refused.addAll(ids)
  }

  #followAccount(address: Hex, account: Account): void {
    const queue = this.#queues.get(address)
    if (queue === undefined) return
    queue.waitingSince = undefined
    for (const used of this.#change(queue, () => queue.follow(account))) {
      if (!this.#byId.has(used.id)) continue
      this.#release(used, 'nonce-used')
      this.#refused.add(used.id)
    }
  }

  #expire(): void {
    const { height } = this.#chain.head
    for (const [last, transactions] of this.#expiring) {
      if (last > height) continue
      for (const transaction of [...transactions]) {
        const queue = this.#queues.get(transaction.sender)
        if (queue !== undefined) this.#change(queue, () => queue.remove(transaction))
        this.#release(transaction, 'expired')
        this.#refused.add(transaction.id)
      }
    }
  }

  /** What waited too long for a nonce or for money that never came. */
  #dropStale(): void {
    if (this.#waiting === 0) return
    const oldest = this.#chain.head.height - this.#limits.maxWaitBlocks
    for (const queue of this.#queues.values()) {
      if (queue.waitingSince === undefined || queue.waitingSince >= oldest) continue
      for (const transaction of this.#change(queue, () => queue.removeWaiting())) {
        this.#release(transaction, 'stale')
        this.#refused.add(transaction.id)
      }
    }
  }
}

/** Of blocks that were included: nodes that share a block share the set. */
const idsOfBlocks = new WeakMap<Block, ReadonlySet<Hex>>()

function idsOf(block: Block): ReadonlySet<Hex> {
  let ids = idsOfBlocks.get(block)
  if (ids === undefined) {
    ids = new Set(block.transactions.map(({ id }) => id))
    idsOfBlocks.set(block, ids)
  }
  return ids
}
