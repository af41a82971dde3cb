// The mempool: a view of (transactions seen, chain). For one (sender, nonce) the higher fee wins, then the lower id, so
// any order of arrival ends the same and any two nodes agree. What can't be included yet waits in bounded numbers; when
// the whole is full, the tails that pay least go and the minimum fee rises.
// Each part has its file: what is taken (mempool-admission), what is held (-contents), each sender's sequence (-queue), who
// goes first (-tails, -min-fee), what goes into a block (-select), what is not worth fetching (-refused).
import { MEMPOOL_LIMITS, type MempoolLimits } from '../config/index.ts'
import type { Block, Hex, Transaction } from '../wire/index.ts'
import { Admission } from './mempool-admission.ts'
import { Contents } from './mempool-contents.ts'
import { MinFee } from './mempool-min-fee.ts'
import { feeWeight, worthGossiping } from './mempool-order.ts'
import { SenderQueues } from './mempool-queues.ts'
import { RefusedIds } from './mempool-refused.ts'
import { type SelectLimits, selectByFee } from './mempool-select.ts'
import { Tails } from './mempool-tails.ts'
import type { AddResult, ChainView, MempoolWatcher, RefusedCode } from './mempool-types.ts'
import type { Account, ChainUpdate } from './types.ts'

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
  readonly #contents = new Contents()
  readonly #queues: SenderQueues
  readonly #tails: Tails
  readonly #minFee: MinFee
  readonly #admission: Admission
  readonly #refused: RefusedIds

  constructor({ chain }: { readonly chain: ChainView }, init: MempoolInit) {
    this.#chain = chain
    this.network = init.network
    this.#limits = { ...MEMPOOL_LIMITS, ...init.limits }
    this.#queues = new SenderQueues(chain)
    this.#tails = new Tails(this.#queues)
    this.#minFee = new MinFee(this.#limits.minFeeFloor)
    this.#admission = new Admission({ chain, queues: this.#queues, minFee: this.#minFee }, init.network, this.#limits)
    this.#refused = new RefusedIds(this.#limits.maxRefused)
  }

  get size(): number {
    return this.#contents.size
  }

  get bytes(): number {
    return this.#contents.bytes
  }

  /** Least that `minFee` ever is: everything here pays it. */
  get minFeeFloor(): number {
    return this.#minFee.floor
  }

  /** Fee per kilobyte started that a newcomer must pay: rises while full, falls back to the floor below half of it. */
  get minFee(): number {
    return this.#minFee.rate
  }

  /** What a transaction of this size must pay at present. */
  requiredFee(transaction: Transaction): number {
    return this.#minFee.of(transaction)
  }

  /** Whether a transaction pays `minFee` for each kilobyte started. */
  pays(transaction: Transaction, minFee: number): boolean {
    return transaction.fee >= minFee * feeWeight(transaction)
  }

  has(id: Hex): boolean {
    return this.#contents.has(id)
  }

  get(id: Hex): Transaction | undefined {
    return this.#contents.get(id)
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
    return this.#contents.values()
  }

  /** Pending transactions from or to `address`, its own by nonce first. Looks at every transaction. */
  byAccount(address: Hex): Transaction[] {
    const received = [...this.#contents.values()].filter(
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
    return this.#contents.watch(watcher)
  }

  /**
   * Takes a transaction whose signature the caller has verified. One whose nonce is up to 64 beyond, or whose
   * sender can't pay it yet, waits. A refusal for good is remembered; one that the next block may lift, until then.
   */
  add(transaction: Transaction): AddResult {
    if (this.#contents.has(transaction.id)) return { status: 'known' }
    const code = this.#admission.objection(transaction, 0)
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
    for (const { block } of update.connected) this.#include(block)
    for (const [address, account] of update.accounts) this.#followAccount(address, account)
    this.#tails.forget()
    for (const block of update.disconnected.toReversed()) for (const back of block.transactions) this.add(back)
    this.#expire()
    this.#dropStale()
    for (const address of update.accounts.keys()) this.#boundWaiting(address)
    // Those that came back may have had the tails collected.
    this.#tails.forget()
    this.#decayMinFee()
  }

  /**
   * Why a transaction would be refused at present, if it would: cheap, changes nothing, and needs no signature. It may
   * be refused all the same once others were evicted for it. `ahead`: others of its sender that may be added before it,
   * at the most.
   */
  objection(transaction: Transaction, ahead = 0): RefusedCode | undefined {
    return this.#admission.objection(transaction, ahead)
  }

  /** Those that nothing speaks against, whatever becomes of the ones before. `ahead`: more of a sender's on their way in. */
  unobjectionable(transactions: readonly Transaction[], ahead: (sender: Hex) => number = () => 0): Transaction[] {
    return this.#admission.unobjectionable(transactions, ahead)
  }

  #insert(transaction: Transaction): AddResult {
    const waitingBefore = this.#queues.waiting
    const insertion = this.#queues.insert(transaction)
    if (insertion.status === 'outbid') return this.#refuse(transaction.id, 'outbid')
    this.#hold(transaction)
    if (insertion.status === 'replaced') {
      this.#contents.remove(insertion.replaced, 'replaced')
      this.#refused.add(insertion.replaced.id)
    }
    if (this.#queues.waiting > waitingBefore) this.#boundWaiting(transaction.sender)
    this.#evict()
    if (!this.#contents.has(transaction.id)) {
      if (insertion.status === 'replaced') this.#putBack(insertion.replaced)
      return { status: 'refused', code: 'mempool-full' }
    }
    if (insertion.status === 'added') return { status: 'added' }
    const { replaced } = insertion
    return { status: 'replaced', replaced: replaced.id, gossip: worthGossiping(transaction, replaced) }
  }

  /** Books a transaction that its queue has taken. */
  #hold(transaction: Transaction): void {
    this.#refused.delete(transaction.id)
    this.#contents.add(transaction)
    this.#tails.noteTail(transaction.sender, this.#contents.size)
  }

  /** What replaced it had to go at once: it had been here, so there is room for it. */
  #putBack(replaced: Transaction): void {
    this.#queues.insert(replaced)
    this.#hold(replaced)
    // Those before it may have gone, too.
    this.#boundWaiting(replaced.sender)
  }

  #refuse(id: Hex, code: RefusedCode): AddResult {
    this.#refused.addFor(id, code)
    return { status: 'refused', code }
  }

  // ---- limits

  #isOver(): boolean {
    return this.size > this.#limits.maxCount || this.bytes > this.#limits.maxBytes
  }

  #evict(): void {
    while (this.#isOver()) {
      const tail = this.#tails.takeLeast(this.size)
      if (tail === undefined) return
      this.#contents.remove(tail, 'evicted')
      this.#refused.addUntilNextHead(tail.id)
      this.#minFee.raiseAbove(tail)
    }
  }

  /** A sender that spends what its own others need, or lets their predecessor expire, has no more wait than may anyway. */
  #boundWaiting(sender: Hex): void {
    if (this.#queues.waiting <= this.#limits.maxWaiting) return
    for (const tail of this.#queues.trimWaiting(sender, this.#limits.maxWaiting)) {
      this.#contents.remove(tail, 'evicted')
      this.#refused.addUntilNextHead(tail.id)
    }
    this.#tails.noteTail(sender, this.#contents.size)
  }

  #decayMinFee(): void {
    const { maxCount, maxBytes } = this.#limits
    if (2 * this.size < maxCount && 2 * this.bytes < maxBytes) this.#minFee.decay()
  }

  // ---- the chain moved

  #include(block: Block): void {
    const ids = idsOf(block)
    for (const id of ids) {
      const held = this.#contents.get(id)
      // Its queue lets go of it when the sender's account follows.
      if (held !== undefined) this.#contents.remove(held, 'included')
    }
    this.#refused.addAll(ids)
  }

  #followAccount(address: Hex, account: Account): void {
    for (const used of this.#queues.follow(address, account)) {
      if (!this.#contents.has(used.id)) continue
      this.#contents.remove(used, 'nonce-used')
      this.#refused.add(used.id)
    }
  }

  #expire(): void {
    for (const transaction of this.#contents.expired(this.#chain.head.height)) {
      this.#queues.remove(transaction)
      this.#contents.remove(transaction, 'expired')
      this.#refused.add(transaction.id)
      this.#boundWaiting(transaction.sender)
    }
  }

  /** What waited too long for a nonce or for money that never came. */
  #dropStale(): void {
    for (const transaction of this.#queues.removeStale(this.#chain.head.height - this.#limits.maxWaitBlocks)) {
      this.#contents.remove(transaction, 'stale')
      this.#refused.add(transaction.id)
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
