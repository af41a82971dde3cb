// The chain: block tree, fork choice and accounts behind three doors, insertHeader → insertBody → apply. Pure and
// synchronous; what it changes leaves it as a ChainUpdate, what it no longer keeps comes back through a BlockReader.
import { LEDGER_LIMITS, type LedgerLimits } from '../config/index.ts'
import { type Interner, noInterner } from '../runtime/index.ts'
import type { Block, Hex, SealedHeader } from '../wire/index.ts'
import { BlockTree } from './block-tree.ts'
import { EquivocationWatch } from './consensus/equivocations.ts'
import type { Consensus, Equivocation, HeaderNode } from './consensus/types.ts'
import { LedgerError, type LedgerErrorCode } from './errors.ts'
import type { Genesis } from './genesis.ts'
import { Accounts, type BlockEffect, StateStep } from './state.ts'
import { checkBody, connectBlock, rootMatches } from './transition.ts'
import { isBetter, TreeNode } from './tree-node.ts'
import type { Account, BlockReader, ChainUpdate, ConnectedBlock, Head, Undo } from './types.ts'

export interface ChainComponents {
  readonly genesis: Genesis
  readonly consensus: Consensus
  readonly blocks: BlockReader
  /** Chains of one process may share what a block does. */
  readonly interner?: Interner
}

/** What a store gives back after a restart. Trusted: headers and state are not judged again. */
export interface RestoredChain {
  /**
   * Every stored header, parents before children (ascending height does); genesis may be among them. Those whose
   * parents are missing are passed over.
   */
  readonly headers: Iterable<SealedHeader>
  /** Whether the body of a stored header is stored too. Those up to `head` must be. */
  hasBody(hash: Hex): boolean
  readonly head: Hex
  /** Every account as of `head`. The genesis balances are not added to them. */
  readonly accounts: Iterable<readonly [Hex, Account]>
}

export interface ChainInit {
  /** Absent: a new chain of nothing but genesis, with its accounts. */
  readonly restored?: RestoredChain
  readonly limits?: Partial<LedgerLimits>
  /** A side block was forgotten (tree full, or invalid): its stored body is of no use any more. */
  readonly onForgotten?: (hash: Hex) => void
  /** Authority: a sealer filled a slot twice. Once per slot and sealer. */
  readonly onEquivocation?: (evidence: Equivocation) => void
}

export type BlockStatus =
  | 'unknown'
  /** Its header is in the tree. */
  | 'header'
  /** Its body is here, and either waits for those of its ancestors or for `apply`. */
  | 'body'
  /** On the best chain. */
  | 'applied'
  /** Everything up to it is here, but the best chain counts more. */
  | 'side'
  | 'invalid'

export class Chain {
  readonly #genesis: Genesis
  readonly #consensus: Consensus
  readonly #blocks: BlockReader
  readonly #interner: Interner
  readonly #limits: LedgerLimits
  readonly #tree: BlockTree
  readonly #accounts: Accounts
  readonly #watch: EquivocationWatch
  readonly #onEquivocation: (evidence: Equivocation) => void
  /** Bodies that the reader can't give yet. */
  readonly #bodies = new Map<Hex, Block>()
  /** Counts calls of `apply`: only the newest goes on. */
  #runs = 0

  /** Throws `LedgerError` (`bad-state`) when what was restored does not hang together. */
  constructor(components: ChainComponents, init: ChainInit = {}) {
    const { genesis, consensus, blocks, interner = noInterner } = components
    this.#genesis = genesis
    this.#consensus = consensus
    this.#blocks = blocks
    this.#interner = interner
    this.#limits = { ...LEDGER_LIMITS, ...init.limits }
    this.#watch = new EquivocationWatch(this.#limits.maxWatchedSlots)
    this.#onEquivocation = init.onEquivocation ?? (() => {})
    const root = new TreeNode(genesis.header, undefined, consensus.work(genesis.header), blocks)
    this.#tree = new BlockTree(root, blocks, this.#limits, ({ hash }) => {
      this.#bodies.delete(hash)
      init.onForgotten?.(hash)
    })
    this.#accounts = new Accounts(init.restored?.accounts ?? genesisAccounts(genesis))
    if (init.restored !== undefined) this.#restore(init.restored)
  }

  get head(): Head {
    return headOf(this.#tree.applied.tip)
  }

  /** Headers in the tree, of all branches. */
  get headerCount(): number {
    return this.#tree.size
  }

  /** The best header known, its body here or not. */
  get bestHeader(): HeaderNode {
    return this.#tree.headers.tip
  }

  /** The account as of `head`. */
  account(address: Hex): Account {
    return this.#accounts.get(address)
  }

  /** Every account that exists, as of `head`, in no particular order. */
  accounts(): Iterable<readonly [Hex, Account]> {
    return this.#accounts.entries()
  }

  headerNode(hash: Hex): HeaderNode | undefined {
    return this.#tree.get(hash)
  }

  status(hash: Hex): BlockStatus {
    const node = this.#tree.get(hash)
    if (node === undefined) return this.#tree.invalidCode(hash) === undefined ? 'unknown' : 'invalid'
    if (this.#tree.applied.includes(node)) return 'applied'
    if (!node.hasBody) return 'header'
    return node.complete && isBetter(this.#tree.applied.tip, node) ? 'side' : 'body'
  }

  /** The rule that an invalid block broke, while it is remembered. */
  invalidCode(hash: Hex): LedgerErrorCode | undefined {
    return this.#tree.invalidCode(hash)
  }

  /**
   * The first door. The caller has verified the seal's signature. `orphan`: the parent is unknown; `full`: it is too
   * far ahead of the head, or the tree holds as many side headers as it may, all of them better. Neither is kept, nor
   * says anything against it. Throws `LedgerError`: a broken rule; `invalid-block` or `invalid-parent` for what is
   * known to be invalid; `future` when it is too far ahead of `now` (ms) to be judged yet (give it again later).
   */
  insertHeader(header: SealedHeader, now: number): 'added' | 'known' | 'orphan' | 'full' {
    if (this.#tree.get(header.hash) !== undefined) return 'known'
    const invalid = this.#tree.invalidCode(header.hash)
    if (invalid !== undefined) throw new LedgerError('invalid-block', `block ${header.hash} is invalid: ${invalid}`)
    if (this.#tree.invalidCode(header.parent) !== undefined) {
      throw new LedgerError('invalid-parent', `block ${header.hash} builds on an invalid block`)
    }
    const parent = this.#tree.get(header.parent)
    if (parent === undefined) return 'orphan'
    this.#consensus.checkHeader(header, parent)
    if (header.time > now + this.#limits.maxFutureMs) {
      throw new LedgerError('future', `header is ${Math.round(header.time - now)} ms ahead of the local clock`)
    }
    this.#watchSlot(header)
    return this.#tree.insert(header, parent, this.#consensus.work(header)) === undefined ? 'full' : 'added'
  }

  /**
   * The second door. The caller has verified the transactions' signatures; the root is compared here (once per block
   * object, see `rootMatches`). The body is kept in memory until it is connected, or `bodyStored` says that the
   * reader has it. Throws `LedgerError`: `unknown-header` and `wrong-root` say nothing against the header; any other
   * code makes it invalid.
   */
  insertBody(block: Block): 'added' | 'known' {
    const { hash } = block.header
    const node = this.#tree.get(hash)
    if (node === undefined) throw new LedgerError('unknown-header', `no header for body ${hash}`)
    if (node.hasBody) return 'known'
    if (!rootMatches(block)) throw new LedgerError('wrong-root', `the body is not the one of header ${hash}`)
    try {
      checkBody(block, this.#genesis.network)
    } catch (error) {
      this.#condemn(node, error)
      throw error
    }
    this.#bodies.set(hash, block)
    this.#tree.addBody(node)
    return 'added'
  }

  /**
   * The caller found that the one body with this header's root breaks a rule that the chain does not check (a
   * signature): the header becomes invalid with its descendants. No effect once the body was taken.
   */
  markInvalid(hash: Hex, code: LedgerErrorCode): void {
    const node = this.#tree.get(hash)
    if (node !== undefined && !node.hasBody) this.#tree.invalidate(node, code)
  }

  /** The reader can give this side block's body: the chain drops its copy. */
  bodyStored(hash: Hex): void {
    this.#bodies.delete(hash)
  }

  /**
   * The third door: one step towards the best block whose ancestors are all here; `undefined` when there. A plain
   * extension takes a bounded number of blocks per step, a reorganisation goes in one to a chain that counts more.
   * Blocks whose state fails become invalid with their descendants, and the next best is tried: nothing changes
   * unless an update is returned. The store must have written one update before the next is asked for. Throws
   * `LedgerError` (`bad-state`), changing nothing, when the reader lacks a block it should have.
   */
  apply(): ChainUpdate | undefined {
    const work = this.applyInSlices()
    for (let slice = work.next(); ; slice = work.next()) if (slice.done) return slice.value
  }

  /**
   * The same for callers with an event loop: yields after every few ms of work. Nothing that can be seen changes
   * before the last slice; headers may be inserted between slices. Another call ends one that is under way.
   */
  *applyInSlices(): Generator<void, ChainUpdate | undefined> {
    const { applied } = this.#tree
    const run = ++this.#runs
    while (this.#runs === run && this.#tree.bestComplete !== applied.tip) {
      const target = this.#tree.bestComplete
      // A tree that is full may forget the target in favour of headers that came between slices.
      const update = yield* this.#moveTowards(
        target,
        () => this.#runs === run && this.#tree.get(target.hash) === target
      )
      if (update !== undefined) return update
    }
    return undefined
  }

  /**
   * Whether a block that came unasked is worth its body here, and is forwarded: not far below the head, and counting no
   * less than our chain did a few blocks ago (`staleDepthMax`), so that a fork off the distant past costs nobody
   * anything. Before its header has been checked, work is a claim: ask again afterwards. One whose parent is unknown is
   * taken for what it counts alone (`orphanEaseMax`). Throws `LedgerError` (`wrong-bits`) for bits that count nothing.
   */
  isWorthHolding(header: SealedHeader): boolean {
    const { tip } = this.#tree.applied
    const past = this.#tree.applied.at(Math.max(0, tip.height - this.#limits.staleDepthMax)) ?? tip
    const own = this.#consensus.work(header)
    const parent = this.#tree.get(header.parent)
    if (parent === undefined) {
      const due = tip.work - (tip.parent?.work ?? 0n)
      return header.height >= past.height && own * BigInt(this.#limits.orphanEaseMax) >= due
    }
    const work = parent.work + own
    return work > tip.work || (header.height >= past.height && work >= past.work)
  }

  /** The hash at a height of the best chain. */
  hashAt(height: number): Hex | undefined {
    return this.#tree.applied.at(height)?.hash
  }

  /** Hashes of the best header chain from its tip: 10 dense, then at doubling distances, genesis last. */
  locator(): Hex[] {
    const { headers } = this.#tree
    const hashes: Hex[] = []
    for (let height = headers.tip.height, step = 1; height > 0; height -= step) {
      hashes.push(headers.at(height)?.hash ?? this.#genesis.hash)
      if (hashes.length >= LOCATOR_DENSE) step *= 2
    }
    hashes.push(this.#genesis.hash)
    return hashes
  }

  /**
   * At most `limit` headers of the best chain after the first locator entry that is on it (after genesis when none
   * is). `startHeight` is the height of the first of them.
   */
  headersAfter(locator: readonly Hex[], limit: number): { startHeight: number; headers: SealedHeader[] } {
    const { applied } = this.#tree
    let startHeight = 1
    for (const hash of locator) {
      const node = this.#tree.get(hash)
      if (node === undefined || !applied.includes(node)) continue
      startHeight = node.height + 1
      break
    }
    const headers: SealedHeader[] = []
    for (let height = startHeight; headers.length < limit; height++) {
      const node = applied.at(height)
      if (node === undefined) break
      headers.push(node.header)
    }
    return { startHeight, headers }
  }

  /** At most `limit` hashes on the way to the best header whose bodies are missing, lowest first. */
  missingBodies(limit: number): Hex[] {
    return this.#tree.missingBodies(limit).map(({ hash }) => hash)
  }

  /** Headers without a child in the tree, best first. */
  tips(): Hex[] {
    return this.#tree.tips().map(({ hash }) => hash)
  }

  /**
   * One update to `target` or some way there; `undefined` when a block on the way turned out invalid, or when between
   * two slices the work has become pointless.
   */
  *#moveTowards(target: TreeNode, isWanted: () => boolean): Generator<void, ChainUpdate | undefined> {
    const { applied } = this.#tree
    const previous = applied.tip
    const step = new StateStep(this.#accounts)
    const path = applied.stepsTo(target)
    const disconnected = yield* this.#disconnect(step, target.height - path.length)
    const connected: ConnectedBlock[] = []
    let transactions = 0
    let tip = previous
    for (const node of path) {
      if (!isWanted()) return undefined
      const block = this.#body(node)
      try {
        connected.push({ block, undo: yield* this.#connect(step, block) })
      } catch (error) {
        if (isWanted()) this.#condemn(node, error)
        return undefined
      }
      tip = node
      transactions += block.transactions.length
      const stepIsFull =
        connected.length >= this.#limits.stepMaxBlocks || transactions >= this.#limits.stepMaxTransactions
      if (stepIsFull && isBetter(tip, previous)) break
    }
    if (!isWanted()) return undefined
    return this.#commit(tip, step, disconnected, connected)
  }

  /** In `step`, which is where the block's parent left it. */
  *#connect(step: StateStep, block: Block): Generator<void, Undo> {
    const known = this.#interner.intern('effect', block.header.hash, (): BlockEffect[] => [])
    const [effect] = known
    if (effect !== undefined) {
      step.adopt(effect)
      return effect.undo
    }
    const done = yield* connectBlock(step, block, this.#genesis.file.reward)
    if (known.length === 0) known.push(done)
    return done.undo
  }

  /** Takes back the best chain's blocks above `forkHeight`, in `step` only. */
  *#disconnect(step: StateStep, forkHeight: number): Generator<void, Block[]> {
    const disconnected: Block[] = []
    for (let height = this.#tree.applied.tip.height; height > forkHeight; height--) {
      const node = this.#tree.applied.at(height)
      const undo = node === undefined ? undefined : this.#blocks.undo(node.hash)
      if (node === undefined || undo === undefined) {
        throw new LedgerError('bad-state', `the store has no undo data for height ${height}`)
      }
      disconnected.push(this.#body(node))
      step.revert(undo)
      yield
    }
    return disconnected
  }

  #commit(tip: TreeNode, step: StateStep, disconnected: Block[], connected: ConnectedBlock[]): ChainUpdate {
    const previousHead = this.head
    const accounts = step.commit()
    this.#tree.applied.moveTo(tip)
    for (const { block } of connected) {
      this.#bodies.delete(block.header.hash)
      this.#tree.applied.at(block.header.height - this.#limits.recentHeaders)?.releaseHeader()
    }
    return { disconnected, connected, accounts, head: this.head, previousHead }
  }

  #body(node: TreeNode): Block {
    const block = this.#bodies.get(node.hash) ?? this.#blocks.body(node.hash)
    if (block === undefined) throw new LedgerError('bad-state', `the store has lost block ${node.hash}`)
    return block
  }

  /** Makes a block invalid for a broken rule; rethrows anything else. */
  #condemn(node: TreeNode, error: unknown): void {
    if (!(error instanceof LedgerError)) throw error
    this.#bodies.delete(node.hash)
    this.#tree.invalidate(node, error.code)
  }

  #watchSlot(header: SealedHeader): void {
    const slot = this.#consensus.slotOf?.(header.time)
    if (slot === undefined) return
    const evidence = this.#watch.observe(header, slot)
    if (evidence !== undefined) this.#onEquivocation(evidence)
  }

  #restore(restored: RestoredChain): void {
    const recent: TreeNode[] = []
    for (const header of restored.headers) {
      if (this.#tree.get(header.hash) !== undefined) continue
      const parent = this.#tree.get(header.parent)
      // Off the best chain: its ancestors were still on their way in, or have been swept. They come by network.
      if (parent === undefined) continue
      const node = this.#tree.restore(header, parent, this.#consensus.work(header))
      if (restored.hasBody(header.hash)) this.#tree.addBody(node)
      if (recent.push(node) > this.#limits.recentHeaders) recent.shift()?.releaseHeader(true)
    }
    const head = this.#tree.get(restored.head)
    if (head === undefined) throw new LedgerError('bad-state', `the stored head ${restored.head} has no header`)
    if (!head.complete) throw new LedgerError('bad-state', 'a block below the stored head has no body')
    this.#tree.applied.moveTo(head)
  }
}

const LOCATOR_DENSE = 10

function headOf({ hash, height, work, time }: TreeNode): Head {
  return { hash, height, work, time }
}

/** Chains with the same genesis have the same objects. */
const accountsOfGenesis = new WeakMap<Genesis, readonly (readonly [Hex, Account])[]>()

function genesisAccounts(genesis: Genesis): readonly (readonly [Hex, Account])[] {
  let accounts = accountsOfGenesis.get(genesis)
  if (accounts === undefined) {
    accounts = genesis.file.accounts.map(({ address, balance }) => [address, { balance, nonce: 0 }])
    accountsOfGenesis.set(genesis, accounts)
  }
  return accounts
}
