// One step of the chain: blocks taken back, blocks connected, all of it or nothing. Works on a `StateStep` in slices, so
// that nothing can be seen before the last one; what it may move to, the tree says.
import type { LedgerLimits } from '../config/index.ts'
import type { Interner } from '../runtime/index.ts'
import type { Block } from '../wire/index.ts'
import type { BlockTree } from './block-tree.ts'
import type { Bodies } from './chain-bodies.ts'
import { LedgerError, type LedgerErrorCode } from './errors.ts'
import { type Accounts, type BlockEffect, StateStep } from './state.ts'
import { connectBlock } from './transition.ts'
import { headOf, isBetter, type TreeNode } from './tree-node.ts'
import type { ChainUpdate, ConnectedBlock, Undo } from './types.ts'

export interface StepParts {
  readonly tree: BlockTree
  readonly accounts: Accounts
  readonly bodies: Bodies
  /** Chains of one process share what a block does. */
  readonly interner: Interner
}

export interface StepInit {
  /** Of a block's producer. */
  readonly reward: number
  readonly limits: Pick<LedgerLimits, 'stepMaxBlocks' | 'stepMaxTransactions' | 'recentHeaders'>
}

export type StepOutcome =
  | { readonly status: 'moved'; readonly update: ChainUpdate }
  /** A block on the way breaks a rule. Nothing was changed. */
  | { readonly status: 'invalid'; readonly node: TreeNode; readonly code: LedgerErrorCode }
  /** Between two slices it was no longer wanted. Nothing was changed. */
  | { readonly status: 'unwanted' }

const UNWANTED: StepOutcome = { status: 'unwanted' }

export class ChainSteps {
  readonly #parts: StepParts
  readonly #init: StepInit

  constructor(parts: StepParts, init: StepInit) {
    this.#parts = parts
    this.#init = init
  }

  /** To `target` or some way there, but never to what counts less than the head does. */
  *towards(target: TreeNode, isWanted: () => boolean): Generator<void, StepOutcome> {
    const { tree, accounts, bodies } = this.#parts
    const { stepMaxBlocks, stepMaxTransactions } = this.#init.limits
    const previous = tree.applied.tip
    const step = new StateStep(accounts)
    const path = tree.applied.stepsTo(target)
    const disconnected = yield* this.#disconnect(step, target.height - path.length)
    const connected: ConnectedBlock[] = []
    let transactions = 0
    let tip = previous
    for (const node of path) {
      if (!isWanted()) return UNWANTED
      const block = bodies.get(node)
      try {
        connected.push({ block, undo: yield* this.#connect(step, block) })
      } catch (error) {
        if (!isWanted()) return UNWANTED
        if (!(error instanceof LedgerError)) throw error
        return { status: 'invalid', node, code: error.code }
      }
      tip = node
      transactions += block.transactions.length
      const isFull = connected.length >= stepMaxBlocks || transactions >= stepMaxTransactions
      if (isFull && isBetter(tip, previous)) break
    }
    if (!isWanted()) return UNWANTED
    return { status: 'moved', update: this.#commit(tip, step, disconnected, connected) }
  }

  /** In `step`, which is where the block's parent left it. */
  *#connect(step: StateStep, block: Block): Generator<void, Undo> {
    const known = this.#parts.interner.intern('effect', block.header.hash, (): BlockEffect[] => [])
    const [effect] = known
    if (effect !== undefined) {
      step.adopt(effect)
      return effect.undo
    }
    const done = yield* connectBlock(step, block, this.#init.reward)
    if (known.length === 0) known.push(done)
    return done.undo
  }

  /** Takes back the best chain's blocks above `forkHeight`, in `step` only. */
  *#disconnect(step: StateStep, forkHeight: number): Generator<void, Block[]> {
    const { tree, bodies } = this.#parts
    const disconnected: Block[] = []
    for (let node = tree.applied.tip; node.height > forkHeight && node.parent !== undefined; node = node.parent) {
      const undo = bodies.undo(node)
      disconnected.push(bodies.get(node))
      step.revert(undo)
      yield
    }
    return disconnected
  }

  #commit(tip: TreeNode, step: StateStep, disconnected: Block[], connected: ConnectedBlock[]): ChainUpdate {
    const { tree, bodies } = this.#parts
    const previousHead = headOf(tree.applied.tip)
    const accounts = step.commit()
    tree.applied.moveTo(tip)
    for (const { block } of connected) {
      bodies.letGo(block.header.hash)
      tree.applied.at(block.header.height - this.#init.limits.recentHeaders)?.releaseHeader()
    }
    return { disconnected, connected, accounts, head: headOf(tip), previousHead }
  }
}
