import assert from 'node:assert/strict'
import { LEDGER_LIMITS } from '../../src/config/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { assembleBlock, type Block, type SealedHeader, type Transaction } from '../../src/wire/index.ts'
import { addressOf, BALANCE, genesis, makeBlock, makeBranch, transfer } from '../store/sealed-chain.ts'
import { badlySigned, base, hasCode, payment, setUp } from './importing.ts'

const withSeal = (header: SealedHeader, seal: Uint8Array): SealedHeader => ({ ...header, seal })

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
