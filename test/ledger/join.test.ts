// The mempool as a view of (transactions seen, chain): both parts only grow or are replaced by the better one, so two
// nodes that exchanged what they have agree, whatever came to either first.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Mempool } from '../../src/ledger/index.ts'
import type { Block, Hex, Transaction } from '../../src/wire/index.ts'
import { genesis, makeBranch, PEOPLE, TestNode, transfer } from './builder.ts'

type Item = { readonly kind: 'block'; readonly block: Block } | { readonly kind: 'tx'; readonly tx: Transaction }

class Replica {
  readonly #node = new TestNode()
  readonly mempool = new Mempool({ chain: this.#node.chain }, { network: genesis.network })
  readonly #blocks = new Map<Hex, Block>()
  #early: Block[] = []
  #followed = 0

  take(item: Item): void {
    if (item.kind === 'tx') this.#takeTransaction(item.tx)
    else this.#takeBlock(item.block)
  }

  /** Blocks without a parent are held for a moment only. */
  forgetEarly(): void {
    this.#early = []
  }

  takeChain(other: Replica): void {
    for (const block of other.#blocks.values()) this.#takeBlock(block)
  }

  /** As anti-entropy does: none that was refused. */
  takePending(other: Replica): void {
    for (const tx of other.mempool.values()) this.#takeTransaction(tx)
  }

  view(): { readonly head: Hex; readonly pending: readonly Hex[] } {
    return { head: this.#node.chain.head.hash, pending: [...this.mempool.values()].map(({ id }) => id).sort() }
  }

  #takeTransaction(tx: Transaction): void {
    if (!this.mempool.has(tx.id) && !this.mempool.isRefused(tx.id)) this.mempool.add(tx)
  }

  #takeBlock(block: Block): void {
    const { hash } = block.header
    if (this.#blocks.has(hash)) return
    if (this.#node.chain.headerNode(block.header.parent) === undefined) {
      this.#early.push(block)
      return
    }
    this.#blocks.set(hash, block)
    this.#node.import(block)
    for (; this.#followed < this.#node.updates.length; this.#followed++) {
      const update = this.#node.updates[this.#followed]
      if (update !== undefined) this.mempool.follow(update)
    }
    for (const early of this.#early.splice(0)) this.#takeBlock(early)
  }
}

const spend = fc.record({ sender: fc.nat({ max: 2 }), fee: fc.integer({ min: 1, max: 3 }) })
const branch = fc.array(fc.array(spend, { maxLength: 3 }), { minLength: 1, maxLength: 4 })
const pay = (sender: number, nonce: number, fee: number): Transaction =>
  transfer({ sender: PEOPLE[sender] ?? '', nonce, fee, amount: 1 })

/** Each block spends the nonces that are due on its branch: the same spends on two branches are the same transactions. */
function blocksOf(plans: readonly (readonly { sender: number; fee: number }[])[], gap: number): Block[] {
  const due = [0, 0, 0]
  const contents = plans.map((spends) =>
    spends.map(({ sender, fee }) => {
      const nonce = due[sender] ?? 0
      due[sender] = nonce + 1
      return pay(sender, nonce, fee)
    })
  )
  return makeBranch(genesis.header, plans.length, (i) => ({ gap, transactions: contents[i] ?? [] }))
}

/** What there is, on as many branches as said, and what three nodes have of it, in any order. */
const scenes = (branches: readonly (typeof branch)[]) =>
  fc
    .record({
      plans: fc.tuple(...branches),
      pending: fc.array(fc.record({ sender: fc.nat({ max: 2 }), nonce: fc.nat({ max: 6 }), fee: fc.nat({ max: 4 }) }), {
        maxLength: 20
      })
    })
    .chain(({ plans, pending }) => {
      const blocks = plans.flatMap((plan, i) => blocksOf(plan, i + 1))
      const transactions = [
        ...blocks.flatMap((block) => block.transactions),
        ...pending.map(({ sender, nonce, fee }) => pay(sender, nonce, fee))
      ]
      const items: Item[] = [
        ...blocks.map((block) => ({ kind: 'block' as const, block })),
        ...transactions.map((tx) => ({ kind: 'tx' as const, tx }))
      ]
      const some = fc.shuffledSubarray(items)
      return fc.record({ items: fc.constant(items), first: some, second: some, third: some })
    })

const holding = (items: readonly Item[]): Replica => {
  const replica = new Replica()
  for (const item of items) replica.take(item)
  replica.forgetEarly()
  return replica
}

/** What anti-entropy does: chains first, for pending transactions are compared between equal tips. */
function exchange(a: Replica, b: Replica): void {
  a.takeChain(b)
  b.takeChain(a)
  a.takePending(b)
  b.takePending(a)
}

describe('transactions seen, and the chain', () => {
  it('join: two nodes agree after one exchange, whoever asks first, and a second changes nothing', () => {
    fc.assert(
      fc.property(scenes([branch, branch]), ({ first, second }) => {
        const [a, b] = [holding(first), holding(second)]
        exchange(a, b)
        assert.deepEqual(a.view(), b.view())
        const [c, d] = [holding(first), holding(second)]
        exchange(d, c)
        assert.deepEqual(c.view(), a.view())
        const before = a.view()
        exchange(a, b)
        assert.deepEqual(a.view(), before)
      }),
      { seed: 1, numRuns: 300 }
    )
  })

  const meet = (holdings: readonly (readonly Item[])[], order: readonly (readonly [number, number])[]) => {
    const replicas = holdings.map(holding)
    for (const [x, y] of order) exchange(replicas[x] as Replica, replicas[y] as Replica)
    const [view, ...others] = replicas.map((replica) => replica.view())
    for (const other of others) assert.deepEqual(other, view)
    return view
  }
  const ring = [
    [0, 1],
    [1, 2],
    [2, 0]
  ] as const
  const forwards = [...ring, ...ring]
  const backwards = forwards.toReversed()

  it('join in any grouping, on one chain: what three nodes agree on does not depend on who met first', () => {
    fc.assert(
      fc.property(scenes([branch]), ({ first, second, third }) => {
        const all = [first, second, third]
        assert.deepEqual(meet(all, backwards), meet(all, forwards))
      }),
      { seed: 2, numRuns: 200 }
    )
  })

  // A transaction that lost its nonce to a block is not kept for the case that the block is abandoned: on rival chains
  // who met first decides whether it comes back. But for all alike.
  it('join on rival chains too: three nodes agree, whoever met first, and on the chain that counts most', () => {
    fc.assert(
      fc.property(scenes([branch, branch]), ({ first, second, third }) => {
        const all = [first, second, third]
        assert.equal(meet(all, backwards)?.head, meet(all, forwards)?.head)
      }),
      { seed: 3, numRuns: 200 }
    )
  })

  it('join whatever the order of arrival: a node that was told one by one agrees with one that was told at once', () => {
    fc.assert(
      fc.property(scenes([branch, branch]), ({ items, first }) => {
        const [early, late] = [holding(items), holding(first)]
        for (const item of items) late.take(item)
        exchange(late, early)
        assert.deepEqual(late.view(), early.view())
      }),
      { seed: 4, numRuns: 200 }
    )
  })
})
