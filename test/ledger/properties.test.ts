// Laws of the chain, against a model that computes every block's state from its parent's by itself.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Block, Hex, Transaction } from '../../src/wire/index.ts'
import {
  type BlockPlan,
  genesis,
  makeBlock,
  makeBranch,
  nodeOf,
  PEOPLE,
  REWARD,
  TestNode,
  transfer
} from './builder.ts'

type State = Record<Hex, { balance: number; nonce: number }>

interface Spend {
  readonly from: number
  readonly to: number
  readonly amount: number
  /** Off by this from the due nonce: mostly 0. */
  readonly nonceError: number
}
interface Growth {
  readonly parent: number
  readonly gap: number
  readonly sealer: number
  readonly spends: readonly Spend[]
}
interface Grown {
  readonly block: Block
  readonly work: bigint
  /** `undefined`: the block or one before it breaks a rule. */
  readonly state: State | undefined
}

const people = fc.nat({ max: PEOPLE.length - 1 })
const spend: fc.Arbitrary<Spend> = fc.record({
  from: people,
  to: people,
  amount: fc.nat({ max: 700 }),
  nonceError: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) })
})
const growth: fc.Arbitrary<Growth> = fc.record({
  parent: fc.nat(),
  gap: fc.integer({ min: 1, max: 3 }),
  sealer: fc.nat({ max: 2 }),
  spends: fc.array(spend, { maxLength: 3 })
})
const forest = fc.array(growth, { minLength: 1, maxLength: 14 })

function genesisState(): State {
  return Object.fromEntries(genesis.file.accounts.map(({ address, balance }) => [address, { balance, nonce: 0 }]))
}

/** The model: plain objects, no undo, no overlay. */
function transition(state: State, block: Block): State | undefined {
  const next = structuredClone(state)
  const at = (address: Hex) => (next[address] ??= { balance: 0, nonce: 0 })
  let fees = 0
  for (const { sender, recipient, amount, fee, nonce } of block.transactions) {
    if (nonce !== at(sender).nonce || at(sender).balance < amount + fee) return undefined
    at(sender).nonce++
    at(sender).balance -= amount + fee
    at(recipient).balance += amount
    fees += fee
  }
  at(block.header.producer).balance += REWARD + fees
  return Object.fromEntries(Object.entries(next).filter(([, { balance, nonce }]) => balance !== 0 || nonce !== 0))
}

/** Blocks as planned, parents before children; a few break a rule of the state. */
function grow(plans: readonly Growth[]): Grown[] {
  const origin = { header: genesis.header, transactions: [], bytes: genesis.header.bytes }
  const root: Grown = { block: origin, work: 1n, state: genesisState() }
  const grown = [root]
  for (const [index, { parent: pick, gap, sealer, spends }] of plans.entries()) {
    const parent = grown[pick % grown.length] ?? root
    const transactions: Transaction[] = []
    const due = new Map(PEOPLE.map((address) => [address, parent.state?.[address]?.nonce ?? 0]))
    for (const { from, to, amount, nonceError } of spends) {
      const sender = PEOPLE[from] ?? ''
      const nonce = due.get(sender) ?? 0
      transactions.push(transfer({ sender, recipient: PEOPLE[to] ?? '', amount, nonce: nonce + nonceError }))
      due.set(sender, nonce + 1)
    }
    const nonce = index.toString(16).padStart(16, '0')
    const block = makeBlock(parent.block.header, { gap, sealer, transactions, nonce })
    const state = parent.state && transition(parent.state, block)
    grown.push({ block, work: parent.work + nodeOf(block.header).work, state })
  }
  return grown
}

/** Most work among the blocks whose whole history is valid, then the lowest hash. */
function bestOf(grown: readonly Grown[]): Grown | undefined {
  return grown
    .filter(({ state }) => state !== undefined)
    .sort((a, b) => Number(b.work - a.work) || (a.block.header.hash < b.block.header.hash ? -1 : 1))[0]
}

type Delivery = { readonly door: 'header' | 'body'; readonly block: Block }

/** Delivers in the order given; what comes too early is offered again, as a node that asks for parents would. */
function deliver(node: TestNode, deliveries: readonly Delivery[], settleEvery: number): void {
  let waiting: Delivery[] = []
  const offer = (delivery: Delivery): void => {
    try {
      const early = delivery.door === 'header' && node.chain.insertHeader(delivery.block.header, node.now) === 'orphan'
      if (early) waiting.push(delivery)
      if (delivery.door === 'body') node.chain.insertBody(delivery.block)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'unknown-header' && node.chain.status(delivery.block.header.hash) === 'unknown')
        waiting.push(delivery)
      else if (!['invalid-block', 'invalid-parent', 'unknown-header'].includes(String(code))) throw error
    }
  }
  for (const [index, delivery] of deliveries.entries()) {
    offer(delivery)
    if (index % settleEvery === 0) node.settle()
  }
  while (waiting.length > 0) {
    const again = waiting
    waiting = []
    for (const delivery of again) offer(delivery)
    // Descendants of an invalid block that was forgotten with its header stay unknown: nothing more will come of them.
    if (waiting.length === again.length) break
  }
  node.settle()
}

function assertBest(node: TestNode, grown: readonly Grown[]): void {
  const best = bestOf(grown)
  assert.equal(node.chain.head.hash, best?.block.header.hash)
  assert.deepEqual(node.snapshot(), sorted(best?.state ?? {}))
}

function sorted(state: State): State {
  return Object.fromEntries(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function deliveriesOf(grown: readonly Grown[]): Delivery[] {
  return grown.slice(1).flatMap(({ block }) => [{ door: 'header', block } as const, { door: 'body', block } as const])
}

/** A shuffle with repetitions: every delivery once, some more often. */
function shuffled(deliveries: readonly Delivery[]): fc.Arbitrary<Delivery[]> {
  return fc
    .tuple(fc.shuffledSubarray([...deliveries], { minLength: deliveries.length }), fc.subarray([...deliveries]))
    .map(([all, again]) => [...again, ...all])
}

const scene = forest.chain((plans) => {
  const grown = grow(plans)
  return fc.record({
    grown: fc.constant(grown),
    first: shuffled(deliveriesOf(grown)),
    second: shuffled(deliveriesOf(grown)),
    settleEvery: fc.integer({ min: 1, max: 9 }),
    stepMaxBlocks: fc.integer({ min: 1, max: 4 })
  })
})

describe('Laws of the chain', () => {
  it('any order of arrival, with any duplication, ends in the best valid block and its accounts', () => {
    fc.assert(
      fc.property(scene, ({ grown, first, settleEvery, stepMaxBlocks }) => {
        const node = new TestNode({ limits: { stepMaxBlocks } })
        deliver(node, first, settleEvery)
        assertBest(node, grown)
      }),
      { seed: 1, numRuns: 400 }
    )
  })

  it('any split of the blocks over two nodes, then merged, ends both in the same', () => {
    fc.assert(
      fc.property(scene, fc.nat(), ({ grown, first, second, settleEvery }, cut) => {
        const left = new TestNode()
        const right = new TestNode()
        const at = cut % (first.length + 1)
        deliver(left, first.slice(0, at), settleEvery)
        deliver(right, first.slice(at), settleEvery)
        deliver(left, second, settleEvery)
        deliver(right, second.toReversed(), settleEvery)
        assertBest(left, grown)
        assert.deepEqual(right.snapshot(), left.snapshot())
        assert.deepEqual(right.chain.head, left.chain.head)
      }),
      { seed: 2, numRuns: 200 }
    )
  })

  it('the balances add up to genesis plus rewards after every update, and every update counts more', () => {
    const genesisTotal = genesis.file.accounts.reduce((sum, { balance }) => sum + balance, 0)
    fc.assert(
      fc.property(scene, ({ first }) => {
        const node = new TestNode({ limits: { stepMaxBlocks: 1 } })
        for (let at = 0; at < first.length; at++) {
          deliver(node, first.slice(at, at + 1), 1)
          assert.equal(node.total(), genesisTotal + REWARD * node.chain.head.height)
        }
        for (const { head, previousHead } of node.updates) {
          assert.ok(head.work > previousHead.work || (head.work === previousHead.work && head.hash < previousHead.hash))
        }
      }),
      { seed: 3, numRuns: 100 }
    )
  })

  it('a reorganisation and back leaves the state as if it had never been', () => {
    const spends = fc.array(fc.array(spend, { maxLength: 3 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(spends, spends, (ours, theirs) => {
        const a = branchOf(ours, {})
        const b = branchOf([...theirs, ...ours, []], { sealer: 2 })
        const node = new TestNode()
        node.import(...a)
        node.import(...b)
        assert.equal(node.chain.head.hash, b.at(-1)?.header.hash)
        const disconnected = node.updates.at(-1)?.disconnected ?? []
        assert.deepEqual(disconnected, a.toReversed())
        // A grows until it counts more again: B is taken back by its own undo data.
        const longer = makeBranch(a.at(-1)?.header ?? genesis.header, b.length)
        node.import(...longer)
        const direct = new TestNode()
        direct.import(...a, ...longer)
        assert.deepEqual(node.snapshot(), direct.snapshot())
      }),
      { seed: 4, numRuns: 150 }
    )
  })
})

/** A branch of valid blocks: spends that the accounts can't bear are left out. */
function branchOf(spends: readonly (readonly Spend[])[], first: BlockPlan): Block[] {
  const blocks: Block[] = []
  let state = genesisState()
  for (const [index, wishes] of spends.entries()) {
    const parent = blocks.at(-1)?.header ?? genesis.header
    const plan = index === 0 ? first : {}
    const transactions: Transaction[] = []
    for (const { from, to, amount } of wishes) {
      const sender = PEOPLE[from] ?? ''
      const nonce = (state[sender]?.nonce ?? 0) + transactions.filter((each) => each.sender === sender).length
      const wish = transfer({ sender, recipient: PEOPLE[to] ?? '', amount, nonce })
      if (transition(state, makeBlock(parent, { transactions: [...transactions, wish] })) !== undefined)
        transactions.push(wish)
    }
    const block = makeBlock(parent, { ...plan, transactions })
    state = transition(state, block) ?? state
    blocks.push(block)
  }
  return blocks
}
