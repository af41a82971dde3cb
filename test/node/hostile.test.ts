import { deepEqual, equal, ok } from 'node:assert/strict'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { bitsToTarget } from '../../src/ledger/index.ts'
import type { Node } from '../../src/node/index.ts'
import { realTimers } from '../../src/runtime/index.ts'
import type { RejectedEvent } from '../../src/trace/index.ts'
import {
  assembleBlock,
  type Block,
  BlockAnnouncement,
  decodeHeader,
  decodeTransaction,
  encodeHeader,
  type HeaderFields,
  sealHeader,
  type Transaction,
  TransactionBatch
} from '../../src/wire/index.ts'
import { liarKey, mineOn } from '../support/mine.ts'
import { connect, easyGenesis, sameHead, TestNodes, transfer, until } from '../support/nodes.ts'

const bytes = (data: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(data)
/** What arrives came by gossip. */
const hour = { syncIntervalMs: 3_600_000 }

describe('a peer that lies', () => {
  let nodes: TestNodes
  let liar: Node
  let victim: Node
  beforeEach(async () => {
    nodes = new TestNodes(easyGenesis(200))
    ;[liar, victim] = (await nodes.addMany(2, hour)) as [Node, Node]
    await connect(liar, victim)
  })
  afterEach(() => nodes.stop())

  /** A block on genesis whose proof of work and seal hold, with these transactions. */
  const mine = (transactions: readonly Transaction[], fields: Partial<HeaderFields> = {}): Block =>
    mineOn(victim, nodes.genesis.hash, transactions, fields)

  const refusal = (): Promise<RejectedEvent> =>
    realTimers.within(
      10_000,
      () =>
        new Promise((resolve) => {
          victim.events.subscribe((event) => {
            if (event.type === 'rejected') resolve(event)
          })
        })
    )

  /** Sends bytes on a topic as a gossip message; the victim must refuse them, count them, and go on. */
  const refuses = async (topic: 'block' | 'transaction', data: Uint8Array, code: string): Promise<void> => {
    const refused = refusal()
    await liar.gossip.publish(topic, data)
    const event = await refused
    equal(event.code, code)
    equal(event.from, liar.host.peerId)
    ok(!liar.mempool.size && !victim.mempool.size)
    equal(victim.chain.head.height, 0)
    // It goes on: honest blocks from a third node are taken by gossip.
    const honest = await nodes.add(hour)
    await connect(honest, victim)
    const ways = new Set<string>()
    victim.events.subscribe((event) => {
      if (event.type === 'delivered' && event.kind === 'block') ways.add(event.via)
    })
    honest.producer?.start()
    await until([honest, victim], () => victim.chain.head.height > 0)
    honest.producer?.stop()
    await until([honest, victim], () => sameHead([honest, victim]))
    deepEqual([...ways], ['gossip'])
  }

  const announce = (block: Pick<Block, 'bytes'>): Uint8Array => BlockAnnouncement.encode({ full: bytes(block.bytes) })

  it('is refused for garbage where a block should be', () =>
    refuses('block', new Uint8Array(100).fill(0xff), 'bad-message'))

  it('is refused for a truncated block', () => {
    const block = mine([])
    return refuses('block', announce({ bytes: block.bytes.subarray(0, block.bytes.length - 1) }), 'truncated')
  })

  it('is refused for a hash above the target', () => {
    const { header, transactions } = mine([])
    const target = bitsToTarget(header.bits) ?? 0n
    for (let nonce = 0; ; nonce++) {
      const changed = decodeHeader(encodeHeader({ ...header, nonce: nonce.toString(16).padStart(16, '0') }))
      if (BigInt(`0x${changed.hash}`) <= target) continue
      return refuses(
        'block',
        announce(assembleBlock(sealHeader(changed, liarKey.sign), transactions)),
        'insufficient-work'
      )
    }
  })

  it('is refused for an easier target than is due', () =>
    refuses('block', announce(mine([], { bits: 0x207fffff })), 'wrong-bits'))

  it('is refused for a seal that is not the producer’s', () => {
    const block = mine([])
    const { header } = block
    const forged = { ...header, seal: keyPairFromLabel('someone else').sign(Buffer.from(header.hash, 'hex')) }
    return refuses('block', announce(assembleBlock(forged, block.transactions)), 'bad-seal')
  })

  it('is refused for a body that does not match the root', () => {
    const { header } = mine([])
    const body = [transfer(nodes.genesis, 'alice', 'bob', 0)]
    return refuses('block', announce(assembleBlock(header, body)), 'wrong-root')
  })

  it('is refused for a block with a badly signed transaction', () => {
    const good = transfer(nodes.genesis, 'alice', 'bob', 0)
    const changed = bytes(good.bytes)
    changed[80] = (changed[80] ?? 0) ^ 1
    return refuses('block', announce(mine([decodeTransaction(changed)])), 'bad-signature')
  })

  it('is refused for garbage where transactions should be', () =>
    refuses('transaction', new Uint8Array(50).fill(0x0a), 'bad-message'))

  it('is refused for a batch with one bad signature', () => {
    const good = transfer(nodes.genesis, 'alice', 'bob', 0)
    const bad = bytes(transfer(nodes.genesis, 'bob', 'alice', 0).bytes)
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 1
    return refuses('transaction', TransactionBatch.encode({ transactions: [bytes(good.bytes), bad] }), 'bad-signature')
  })

  it('cannot make a node fail with a block that breaks state: it is its producer’s fault', async () => {
    const unfunded = transfer(nodes.genesis, 'alice', 'bob', 0, { amount: 5000 })
    const block = mine([unfunded])
    const refused = refusal()
    await liar.gossip.publish('block', announce(block))
    const event = await refused
    equal(event.id, block.header.hash)
    equal(event.from, undefined)
    const honest = await nodes.add(hour)
    await connect(honest, victim)
    honest.producer?.start()
    await until([honest, victim], () => victim.chain.head.height > 0)
    honest.producer?.stop()
    equal(victim.chain.status(block.header.hash), 'invalid')
  })
})
