import assert from 'node:assert/strict'
import { LEDGER_LIMITS, type MempoolLimits } from '../../src/config/index.ts'
import { Chain, createConsensus, developmentKey, LedgerError, Mempool } from '../../src/ledger/index.ts'
import type { ImportResult, Lane } from '../../src/node/importer-lanes.ts'
import { Importer, type ImporterInit } from '../../src/node/importer.ts'
import { realRuntime, type Runtime, type SignatureCheck } from '../../src/runtime/index.ts'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { EventEmitter, type NodeEvent } from '../../src/trace/index.ts'
import {
  assembleBlock,
  type Block,
  decodeTransaction,
  type SealedHeader,
  signTransaction,
  type Transaction,
  toHex
} from '../../src/wire/index.ts'
import { addressOf, BALANCE, genesis, makeBlock, makeBranch, transfer } from '../store/sealed-chain.ts'

const base = realRuntime({ seed: 1 })

interface SetUp extends ImporterInit {
  readonly store?: Store
  readonly runtime?: Partial<Runtime>
  readonly mempool?: Partial<MempoolLimits>
}

function setUp(init: SetUp = {}) {
  const store = init.store ?? memoryStore(genesis)
  const chain = new Chain({ genesis, consensus: createConsensus(genesis), blocks: store })
  const mempool = new Mempool({ chain }, { network: genesis.network, limits: init.mempool ?? {} })
  const verified: SignatureCheck[] = []
  const runtime: Runtime = {
    ...base,
    verifier: {
      verify: (check, urgent) => base.verifier.verify(check, urgent),
      verifyAll: (checks, urgent) => {
        verified.push(...checks)
        return base.verifier.verifyAll(checks, urgent)
      }
    },
    ...init.runtime
  }
  const events = new EventEmitter((error) => {
    throw error
  })
  const seen: NodeEvent[] = []
  events.subscribe((event) => void seen.push(event))
  const importer = new Importer({ chain, mempool, store, runtime, events }, init)
  const give = async (block: Block, lane: Lane = 'tip'): Promise<ImportResult | { status: string }> => {
    const outcome = await importer.check(block)
    return outcome.status === 'checked' ? importer.import(outcome.block, lane) : outcome
  }
  return { store, chain, mempool, importer, seen, verified, give }
}

const withSeal = (header: SealedHeader, seal: Uint8Array): SealedHeader => ({ ...header, seal })
const hasCode = (code: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === code
const payment = (nonce = 0): Transaction => transfer('p0', 'p1', nonce)

/** The same transaction with one bit of its signature changed: another id. */
function badlySigned(transaction: Transaction): Transaction {
  const bytes = transaction.bytes.slice()
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
  return decodeTransaction(bytes)
}

describe('importer', () => {
  it('checks a block, imports it, tells store, mempool and listeners', async () => {
    const { importer, store, chain, mempool, seen, give } = setUp()
    const [included, pending] = [payment(0), payment(1)]
    await importer.submit(included)
    await importer.submit(pending)
    const block = makeBlock(genesis.header, { transactions: [included] })
    assert.deepEqual(await give(block), { status: 'head' })
    assert.equal(store.head.hash, block.header.hash)
    assert.equal(chain.account(addressOf('p1')).balance, BALANCE + 5)
    assert.deepEqual([...mempool.values()], [pending])
    assert.deepEqual(
      seen.map(({ type }) => type),
      ['imported', 'head']
    )
    const head = seen[1]
    assert.ok(head?.type === 'head' && head.abandoned === 0 && head.height === 1 && head.hash === block.header.hash)
    assert.deepEqual(await give(block), { status: 'known' })
  })

  it('pauses in a large step, yet nobody sees the mempool behind the chain', async () => {
    let pauses = 0
    let look = (): void => {}
    const { mempool, chain, give } = setUp({
      runtime: {
        yield: () => {
          look()
          return base.yield()
        }
      }
    })
    const transactions = Array.from({ length: 600 }, (_, nonce) => payment(nonce))
    for (const each of transactions) mempool.add(each)
    look = () => {
      pauses++
      assert.equal(mempool.size, chain.head.height === 0 ? 600 : 0)
    }
    assert.deepEqual(await give(makeBlock(genesis.header, { transactions })), { status: 'head' })
    assert.ok(pauses > 4)
  })

  it('lets the longer branch win and returns what the other held', async () => {
    const { mempool, chain, seen, give } = setUp()
    const [lost, kept] = [payment(0), transfer('p2', 'p1', 0)]
    const [short] = makeBranch(genesis.header, [{ transactions: [lost, kept] }])
    const long = makeBranch(genesis.header, [{ gap: 2, outOfTurn: 1, transactions: [kept] }, {}])
    await give(short as Block)
    assert.deepEqual(await give(long[0] as Block), { status: 'side' })
    assert.deepEqual(await give(long[1] as Block), { status: 'head' })
    assert.equal(chain.head.hash, long[1]?.header.hash)
    assert.deepEqual([...mempool.values()], [lost])
    const last = seen.at(-1)
    assert.ok(last?.type === 'head' && last.abandoned === 1)
  })

  it('takes bodies in any order once their headers are known', async () => {
    const { importer, chain, give } = setUp()
    const blocks = makeBranch(genesis.header, [{}, {}, {}])
    for (const { header } of blocks) assert.equal(await importer.acceptHeader(header), 'added')
    assert.deepEqual(await give(blocks[2] as Block, 'sync'), { status: 'side' })
    assert.deepEqual(await give(blocks[1] as Block, 'sync'), { status: 'side' })
    assert.deepEqual(await give(blocks[0] as Block, 'sync'), { status: 'head' })
    assert.equal(chain.head.height, 3)
  })

  it('says which blocks it can not judge yet', async () => {
    const { importer } = setUp({ runtime: { clock: { now: () => genesis.file.time } } })
    const blocks = makeBranch(genesis.header, [{}, {}, { gap: 60 }])
    const [first, second, late] = blocks as [Block, Block, Block]
    assert.deepEqual(await importer.check(second), { status: 'orphan', parent: first.header.hash })
    await importer.acceptHeader(first.header)
    await importer.acceptHeader(second.header)
    assert.deepEqual(await importer.check(late), { status: 'future' })
  })

  it('refuses an orphan that its sealer may not have made', async () => {
    const { importer } = setUp()
    const [, second] = makeBranch(genesis.header, [{}, {}]) as [Block, Block]
    const early = { ...second.header, time: second.header.time - 1 }
    await assert.rejects(importer.acceptHeader(early), hasCode('wrong-bits'))
  })

  it('takes at the tip only what is worth holding, and in a catch-up whatever leads on', async () => {
    const { importer, chain, give } = setUp()
    const ours = makeBranch(
      genesis.header,
      Array.from({ length: LEDGER_LIMITS.staleDepthMax + 2 }, () => ({}))
    )
    for (const block of ours) await give(block, 'sync')
    assert.equal(chain.head.height, ours.length)
    const [light] = makeBranch(genesis.header, [{ gap: 2 }]) as [Block]
    assert.deepEqual(await importer.check(light, 'tip'), { status: 'stale' })
    assert.equal((await importer.check(light, 'sync')).status, 'checked')
  })

  it('verifies no signature twice: not of the mempool, not of recent blocks, not at the same time', async () => {
    const { importer, verified, give } = setUp()
    const transactions = [0, 1, 2, 3].map(payment)
    await importer.submit(transactions[0] as Transaction)
    assert.equal(verified.length, 1)
    const block = makeBlock(genesis.header, { transactions })
    const copy = assembleBlock(block.header, transactions)
    const outcomes = await Promise.all([importer.check(block), importer.check(copy)])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['checked', 'checked']
    )
    assert.equal(verified.length, 4)
    await give(makeBlock(genesis.header, { gap: 2, transactions }))
    assert.equal(verified.length, 4)
  })

  it('gives several callers one result', async () => {
    const { importer, seen } = setUp()
    const outcome = await importer.check(makeBlock(genesis.header))
    assert.ok(outcome.status === 'checked')
    const results = await Promise.all([importer.import(outcome.block, 'sync'), importer.import(outcome.block, 'tip')])
    assert.deepEqual(results, [{ status: 'head' }, { status: 'known' }])
    assert.equal(seen.filter(({ type }) => type === 'imported').length, 1)
  })

  it('lets the tip overtake a catch-up', async () => {
    const { importer, seen, give } = setUp({ limits: { stepMaxBlocks: 1 } })
    const rival = makeBlock(genesis.header, { gap: 3 })
    const branch = makeBranch(genesis.header, [{}, {}, {}, {}])
    for (const { header } of branch) await importer.acceptHeader(header)
    const checked = await Promise.all([...branch, rival].map((block) => importer.check(block)))
    const results = checked.map((outcome, i) => {
      assert.ok(outcome.status === 'checked')
      return importer.import(outcome.block, i < 4 ? 'sync' : 'tip')
    })
    await Promise.all(results)
    const imported = seen.filter(({ type }) => type === 'imported').map((event) => 'id' in event && event.id)
    assert.equal(imported[0], rival.header.hash)
    assert.equal((await give(makeBlock(branch[3]?.header ?? rival.header))).status, 'head')
  })

  it('refuses a block whose seal, root or network is wrong, and holds nothing against its header', async () => {
    const { importer, give } = setUp()
    const block = makeBlock(genesis.header, { transactions: [payment()] })
    const unsealed = assembleBlock(withSeal(block.header, new Uint8Array(64)), block.transactions)
    await assert.rejects(importer.check(unsealed), hasCode('bad-seal'))
    await assert.rejects(importer.check(assembleBlock(block.header, [payment(1)])), hasCode('wrong-root'))
    await assert.rejects(importer.check(unsealed), hasCode('bad-seal'), 'also when the header is known')
    const foreign = { ...block.header, network: '00'.repeat(8) }
    await assert.rejects(importer.acceptHeader(foreign), hasCode('wrong-network'))
    assert.deepEqual(await give(block), { status: 'head' })
  })

  it('refuses a block with a bad signature, and its header for good', async () => {
    const { importer, chain } = setUp()
    const block = makeBlock(genesis.header, { transactions: [badlySigned(payment())] })
    await assert.rejects(importer.check(block), hasCode('bad-signature'))
    assert.equal(chain.status(block.header.hash), 'invalid')
    assert.deepEqual(chain.missingBodies(10), [])
    await assert.rejects(importer.check(block), hasCode('invalid-block'))
  })

  it('forwards but does not import a block whose state fails', async () => {
    const { chain, seen, give } = setUp()
    const unfunded = transfer('stranger', 'p1', 0)
    const outcome = await give(makeBlock(genesis.header, { transactions: [unfunded] }))
    assert.deepEqual(outcome, { status: 'invalid', code: 'insufficient-funds' })
    assert.equal(chain.head.height, 0)
    assert.deepEqual(seen, [])
  })

  it('checks few bodies at a time, and is not kept from one by garbage under its header', async () => {
    const { importer } = setUp({ limits: { checksMax: 2 } })
    const block = makeBlock(genesis.header, { transactions: [payment()] })
    const garbage = [1, 2, 3].map((seal) =>
      assembleBlock(withSeal(block.header, new Uint8Array(64).fill(seal)), block.transactions)
    )
    const refused = garbage.map((each) => assert.rejects(importer.check(each), hasCode('bad-seal')))
    assert.equal((await importer.check(block)).status, 'checked')
    await Promise.all(refused)
    const others = [2, 3, 4].map((gap) => makeBlock(genesis.header, { gap, transactions: [payment(gap)] }))
    for (const { header } of others) await importer.acceptHeader(header)
    const outcomes = await Promise.allSettled(others.map((each) => importer.check(each)))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2)
  })

  it('bounds each lane', async () => {
    const { importer } = setUp({ limits: { laneMaxBlocks: 1 } })
    const blocks = [makeBlock(genesis.header), makeBlock(genesis.header, { gap: 2 })]
    const [first, second] = await Promise.all(blocks.map((block) => importer.check(block)))
    assert.ok(first?.status === 'checked' && second?.status === 'checked')
    const imported = importer.import(first.block, 'sync')
    await assert.rejects(importer.import(second.block, 'sync'), hasCode('lane-full'))
    await imported
  })

  it('stops for good when the store fails', async () => {
    const store = memoryStore(genesis)
    store.commit = () => Promise.reject(new Error('disk full'))
    const { give, importer } = setUp({ store })
    await assert.rejects(give(makeBlock(genesis.header)), hasCode('failed'))
    await assert.rejects(importer.submit(payment()), hasCode('failed'))
  })

  it('ends the step under way when stopped, and rejects the rest', async () => {
    const { give, importer } = setUp()
    const importing = give(makeBlock(genesis.header))
    const rejected = assert.rejects(importing, hasCode('stopped'))
    await importer.stop()
    await rejected
  })
})

describe('submitting a transaction', () => {
  it('journals before it answers, and gives it back after a restart', async () => {
    const { importer, store } = setUp()
    const transaction = payment()
    await importer.submit(transaction)
    await importer.submit(transaction)
    const journaled = []
    for await (const { id } of store.journaled()) journaled.push(id)
    assert.deepEqual(journaled, [transaction.id])
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
    const left = async (): Promise<number> => {
      let count = 0
      for await (const _ of store.journaled()) count++
      return count
    }
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
    const journaled = []
    for await (const { id } of store.journaled()) journaled.push(id)
    assert.deepEqual(journaled, [transaction.id])
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
    const journaled = []
    for await (const { id } of store.journaled()) journaled.push(id)
    assert.deepEqual(journaled, [transaction.id])
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
  const journaledIn = async (store: Store): Promise<string[]> => {
    const ids = []
    for await (const { id } of store.journaled()) ids.push(id)
    return ids
  }

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
    const [begun, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const commit = store.commit.bind(store)
    store.commit = async (...step) => {
      begun.resolve()
      await written.promise
      await commit(...step)
    }
    const given = give(makeBlock(genesis.header, { transactions: [transaction] }))
    await begun.promise
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
})
