// The chain: block tree, fork choice and accounts behind three doors, insertHeader → insertBody → apply. Pure and
// synchronous; what it changes leaves it as a ChainUpdate, what it no longer keeps comes back through a BlockReader.
// Fork choice is the tree's (block-tree, tree-node), a reorganisation is one step (chain-step).
import { LEDGER_LIMITS, type LedgerLimits } from '../config/index.ts'
import { noInterner } from '../runtime/index.ts'
import type { Block, Hex, SealedHeader } from '../wire/index.ts'
import { BlockTree } from './block-tree.ts'
import { Bodies } from './chain-bodies.ts'
import { headersAfter, locatorOf } from './chain-locator.ts'
import { restoreTree } from './chain-restore.ts'
import { ChainSteps } from './chain-step.ts'
import type { BlockStatus, ChainComponents, ChainInit } from './chain-types.ts'
import { EquivocationWatch } from './consensus/equivocations.ts'
import type { Consensus, Equivocation, HeaderNode } from './consensus/types.ts'
import { LedgerError, type LedgerErrorCode } from './errors.ts'
import { accountsOf, type Genesis } from './genesis.ts'
import { Accounts } from './state.ts'
import { checkBody, rootMatches } from './transition.ts'
import { headOf, isBetter, TreeNode } from './tree-node.ts'
import type { Account, ChainUpdate, Head } from './types.ts'
import { isWorthHolding } from './worth-holding.ts'

export class Chain {
  readonly #genesis: Genesis
  readonly #consensus: Consensus
  readonly #limits: LedgerLimits
  readonly #tree: BlockTree
  readonly #accounts: Accounts
  readonly #bodies: Bodies
  readonly #steps: ChainSteps
  readonly #watch: EquivocationWatch
  readonly #onEquivocation: (evidence: Equivocation) => void
  /** Counts calls of `apply`: only the newest goes on. */
  #runs = 0

  /** Throws `LedgerError` (`bad-state`) when what was restored does not hang together. */
  constructor(components: ChainComponents, init: ChainInit = {}) {
    const { genesis, consensus, blocks, interner = noInterner } = components
    this.#genesis = genesis
    this.#consensus = consensus
    this.#limits = { ...LEDGER_LIMITS, ...init.limits }
    this.#watch = new EquivocationWatch(this.#limits.maxWatchedSlots)
    this.#onEquivocation = init.onEquivocation ?? (() => {})
    this.#bodies = new Bodies(blocks)
    const root = new TreeNode(genesis.header, undefined, consensus.work(genesis.header), blocks)
    this.#tree = new BlockTree(root, blocks, this.#limits, ({ hash }) => {
      this.#bodies.letGo(hash)
      init.onForgotten?.(hash)
    })
    this.#accounts = new Accounts(init.restored?.accounts ?? accountsOf(genesis))
    this.#steps = new ChainSteps(
      { tree: this.#tree, accounts: this.#accounts, bodies: this.#bodies, interner },
      { reward: genesis.file.reward, limits: this.#limits }
    )
    if (init.restored !== undefined) restoreTree(this.#tree, init.restored, consensus, this.#limits.recentHeaders)
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
      if (error instanceof LedgerError) this.#condemn(node, error.code)
      throw error
    }
    this.#bodies.keep(block)
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
    this.#bodies.letGo(hash)
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
      const outcome = yield* this.#steps.towards(
        target,
        () => this.#runs === run && this.#tree.get(target.hash) === target
      )
      if (outcome.status === 'moved') return outcome.update
      if (outcome.status === 'invalid') this.#condemn(outcome.node, outcome.code)
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
    return isWorthHolding(header, this.#tree, this.#consensus, this.#limits)
  }

  /** The hash at a height of the best chain. */
  hashAt(height: number): Hex | undefined {
    return this.#tree.applied.at(height)?.hash
  }

  /** Hashes of the best header chain from its tip: 10 dense, then at doubling distances, genesis last. */
  locator(): Hex[] {
    return locatorOf(this.#tree.headers, this.#genesis.hash)
  }

  /**
   * At most `limit` headers of the best chain after the first locator entry that is on it (after genesis when none
   * is). `startHeight` is the height of the first of them.
   */
  headersAfter(locator: readonly Hex[], limit: number): { startHeight: number; headers: SealedHeader[] } {
    return headersAfter(this.#tree, locator, limit)
  }

  /** At most `limit` hashes on the way to the best header whose bodies are missing, lowest first. */
  missingBodies(limit: number): Hex[] {
    return this.#tree.missingBodies(limit).map(({ hash }) => hash)
  }

  /** Headers without a child in the tree, best first. */
  tips(): Hex[] {
    return this.#tree.tips().map(({ hash }) => hash)
  }

  #condemn(node: TreeNode, code: LedgerErrorCode): void {
    this.#bodies.letGo(node.hash)
    this.#tree.invalidate(node, code)
  }

  #watchSlot(header: SealedHeader): void {
    const slot = this.#consensus.slotOf?.(header.time)
    if (slot === undefined) return
    const evidence = this.#watch.observe(header, slot)
    if (evidence !== undefined) this.#onEquivocation(evidence)
  }
}
