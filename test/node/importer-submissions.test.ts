import assert from 'node:assert/strict'
import { developmentKey, LedgerError } from '../../src/ledger/index.ts'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { type Block, signTransaction, type Transaction, toHex } from '../../src/wire/index.ts'
import { addressOf, BALANCE, genesis, makeBlock, makeBranch, transfer } from '../store/sealed-chain.ts'
import { badlySigned, hasCode, journaledIn, payment, setUp } from './importing.ts'

/** The store's next steps are begun, and written when `written` is resolved. */
function heldUp(store: Store): { readonly begun: Promise<void>; readonly written: PromiseWithResolvers<void> } {
  const [begun, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const commit = store.commit.bind(store)
  store.commit = async (...step) => {
    begun.resolve()
    await written.promise
    await commit(...step)
  }
  return { begun: begun.promise, written }
}

describe('submitting a transaction', () => {
  it('journals before it answers, and gives it back after a restart', async () => {
    const { importer, store } = setUp()
    const transaction = payment()
    await importer.submit(transaction)
    await importer.submit(transaction)
    assert.deepEqual(await journaledIn(store), [transaction.id])
    await store.load()
    const again = setUp({ store })
    assert.deepEqual(
      [...again.importer.ownPending()].map(({ id }) => id),
      [transaction.id]
    )
    assert.ok(again.mempool.has(transaction.id))
  })

  it('forgets it when it is buried', async () => {
    const { importer, store, give } = setUp({ limits: { ownDepth: 3 } })
    const transaction = payment()
    await importer.submit(transaction)
    const blocks = makeBranch(genesis.header, [{ transactions: [transaction] }, {}, {}, {}])
    const left = async (): Promise<number> => (await journaledIn(store)).length
    for (const block of blocks.slice(0, 3)) await give(block)
    assert.equal(await left(), 1)
    await give(blocks[3] as Block)
    assert.equal(await left(), 0)
    await importer.submit(transaction)
    assert.equal(await left(), 0, 'it is on the chain')
  })

  it('keeps it again when a reorganisation digs it up', async () => {
    const { importer, store, mempool, give } = setUp({ limits: { ownDepth: 3 } })
    const transaction = payment()
    await importer.submit(transaction)
    for (const block of makeBranch(genesis.header, [{ transactions: [transaction] }, {}, {}, {}])) await give(block)
    for (const block of makeBranch(genesis.header, [{ gap: 2 }, {}, {}, {}, {}])) await give(block)
    assert.ok(mempool.has(transaction.id), 'its block was abandoned')
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('has nothing left to look at of one that it refused, however often', async () => {
    const store = memoryStore(genesis)
    const { importer, give } = setUp({ store, limits: { ownDepth: 2 } })
    const forgotten: string[] = []
    const forget = store.forget.bind(store)
    store.forget = (ids) => {
      const held = [...ids]
      forgotten.push(...held)
      return forget(held)
    }
    const cheap = transfer('p0', 'p1', 0, { fee: 0 })
    for (let i = 0; i < 3; i++) await assert.rejects(importer.submit(cheap), hasCode('below-min-fee'))
    assert.equal(forgotten.length, 3)
    for (const block of makeBranch(genesis.header, [{}, {}, {}])) await give(block)
    assert.equal(forgotten.length, 3)
  })

  it('keeps it again also when the mempool has no room for it now', async () => {
    const { importer, store, mempool, give } = setUp({ limits: { ownDepth: 3, ownMax: 1 }, mempool: { maxCount: 1 } })
    const [transaction, other] = [payment(), transfer('p2', 'p1', 0)]
    await importer.submit(transaction)
    const blocks = makeBranch(genesis.header, [{ transactions: [other, transaction] }, {}, {}, {}])
    for (const block of blocks) await give(block)
    mempool.add(transfer('p3', 'p1', 0, { fee: 9 }))
    const rivals = makeBranch(genesis.header, [{ gap: 2, transactions: [other] }, {}, {}, {}, {}])
    for (const block of rivals) await give(block)
    assert.ok(!mempool.has(transaction.id) && store.locate(transaction.id) === undefined)
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('keeps it also when the branch that digs it up includes it again, not as deep', async () => {
    const { importer, store, mempool, give } = setUp({ limits: { ownDepth: 2 } })
    const transaction = payment()
    await importer.submit(transaction)
    for (const block of makeBranch(genesis.header, [{ transactions: [transaction] }, {}, {}, {}])) await give(block)
    assert.deepEqual(await journaledIn(store), [])
    const second = makeBranch(genesis.header, [{ gap: 2 }, {}, {}, { transactions: [transaction] }, {}])
    for (const block of second) await give(block)
    assert.equal(store.locate(transaction.id)?.height, 4)
    const fork = second[2] as Block
    for (const block of makeBranch(fork.header, [{ gap: 2 }, {}, {}])) await give(block)
    assert.ok(mempool.has(transaction.id), 'its block was abandoned again')
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('tells the user in one sentence what is wrong', async () => {
    const { importer } = setUp()
    const refused = (transaction: Transaction, code: string, message: RegExp | string) =>
      assert.rejects(importer.submit(transaction), (error: unknown) => {
        assert.ok(error instanceof LedgerError)
        assert.equal(error.code, code)
        if (typeof message === 'string') assert.equal(error.message, message)
        else assert.match(error.message, message)
        return true
      })
    const short = addressOf('p0').slice(0, 8)
    await importer.submit(transfer('p0', 'p1', 0, { amount: BALANCE - 4, fee: 1 }))
    await refused(
      transfer('p0', 'p1', 1),
      'insufficient-funds',
      `Insufficient funds: ${short}… has 3, needs 6 (5 + fee 1).`
    )
    await refused(transfer('p0', 'p1', 0, { amount: 1 }), 'outbid', /nonce 0 waiting/)
    await refused(transfer('p1', 'p0', 65), 'nonce-gap', /use 0\.$/)
    await refused(transfer('p1', 'p0', 0, { network: '00'.repeat(8) }), 'wrong-network', /this node is on/)
    await refused(badlySigned(transfer('p1', 'p0', 0)), 'bad-signature', /not signed by its sender/)
    await refused(
      transfer('p1', 'p0', 0, { fee: 0 }),
      'below-min-fee',
      'Fee too low: 0 offered, this node takes 1 or more for 169 bytes.'
    )
    const alice = developmentKey('alice')
    const sender = toHex(alice.publicKey)
    const { network } = genesis
    const data = new Uint8Array(0)
    const fields = { network, sender, recipient: sender, amount: 5, fee: 1, nonce: 0, validUntil: 0, data }
    await refused(
      signTransaction(fields, alice.sign),
      'insufficient-funds',
      'Insufficient funds: alice has 0, needs 6 (5 + fee 1).'
    )
  })

  it('finds a nonce that the chain has used, and a height that has passed', async () => {
    const { importer, give } = setUp()
    await give(makeBlock(genesis.header, { transactions: [payment(0)] }))
    await assert.rejects(importer.submit(transfer('p0', 'p2', 0)), hasCode('nonce-used'))
    await assert.rejects(importer.submit(transfer('p0', 'p2', 1, { validUntil: 1 })), hasCode('expired'))
  })
})

describe('an acknowledged transaction', () => {
  it('is kept although it was on the chain already: a reorganisation may take its block away', async () => {
    const { importer, store, give, mempool } = setUp()
    const transaction = payment()
    for (const block of makeBranch(genesis.header, [{ transactions: [transaction] }])) await give(block)
    await importer.submit(transaction)
    assert.deepEqual(await journaledIn(store), [transaction.id])
    for (const block of makeBranch(genesis.header, [{ gap: 2 }, {}, {}])) await give(block)
    assert.ok(mempool.has(transaction.id))
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('is kept although a reorganisation that takes its block away is still being written', async () => {
    const { importer, store, give, chain } = setUp({ limits: { ownDepth: 3 } })
    const transaction = payment()
    for (const block of makeBranch(genesis.header, [{}, { transactions: [transaction] }])) await give(block)
    const [first, ...others] = makeBranch(genesis.header, [{ gap: 2 }, {}, {}, {}, {}, {}])
    await importer.acceptHeader((first as Block).header)
    for (const { header } of others) await importer.acceptHeader(header)
    for (const block of others) await give(block)
    const { begun, written } = heldUp(store)
    const given = give(first as Block)
    await begun
    assert.equal(chain.head.height, 6)
    const submitted = importer.submit(transaction)
    written.resolve()
    await submitted
    await given
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('is not kept when it is buried', async () => {
    const { importer, store, give } = setUp({ limits: { ownDepth: 2 } })
    const transaction = payment()
    for (const block of makeBranch(genesis.header, [{ transactions: [transaction] }, {}, {}])) await give(block)
    await importer.submit(transaction)
    assert.deepEqual(await journaledIn(store), [])
  })

  it('is no used nonce when a block includes it on its way to the mempool', async () => {
    const { importer, store, give } = setUp()
    const transaction = payment()
    const block = makeBlock(genesis.header, { transactions: [transaction] })
    const journal = store.journal.bind(store)
    store.journal = async (each) => {
      await give(block)
      await journal(each)
    }
    assert.equal(await importer.submit(transaction), false)
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('is no used nonce while the store writes the block that includes it', async () => {
    const store = memoryStore(genesis)
    const { importer, give } = setUp({ store })
    const [transaction, rival] = [payment(), transfer('p0', 'p2', 0)]
    const { begun, written } = heldUp(store)
    const given = give(makeBlock(genesis.header, { transactions: [transaction] }))
    await begun
    const [submitted, refused] = [importer.submit(transaction), importer.submit(rival)]
    written.resolve()
    assert.equal(await submitted, false)
    await assert.rejects(refused, hasCode('nonce-used'))
    assert.deepEqual(await given, { status: 'head' })
    assert.deepEqual(await journaledIn(store), [transaction.id])
  })

  it('is not refused when asked for again at the limit', async () => {
    const { importer } = setUp({ limits: { ownMax: 1 } })
    assert.equal(await importer.submit(payment(0)), true)
    await assert.rejects(importer.submit(payment(1)), hasCode('busy'))
    assert.equal(await importer.submit(payment(0)), false)
  })

  it('keeps to the limit when many come at once', async () => {
    const { importer, store } = setUp({ limits: { ownMax: 1 } })
    const answers = [importer.submit(payment(0)), importer.submit(transfer('p2', 'p1', 0))]
    await Promise.allSettled(answers)
    assert.equal((await journaledIn(store)).length, 1)
    await assert.rejects(Promise.all(answers), hasCode('busy'))
  })

  it('keeps to the limit when blocks include them already', async () => {
    const { importer, store, give } = setUp({ limits: { ownMax: 1 } })
    const transactions = [payment(0), transfer('p2', 'p1', 0)] as const
    await give(makeBlock(genesis.header, { transactions }))
    await importer.submit(transactions[0])
    await assert.rejects(importer.submit(transactions[1]), hasCode('busy'))
    assert.equal((await journaledIn(store)).length, 1)
  })
})
