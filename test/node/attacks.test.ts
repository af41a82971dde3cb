// Attacks on gossip that once worked.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { LEDGER_LIMITS } from '../../src/config/index.ts'
import { createGenesis } from '../../src/ledger/index.ts'
import type { Node } from '../../src/node/index.ts'
import { realTimers } from '../../src/runtime/index.ts'
import {
  assembleBlock,
  BLOCK_EMPTY_BYTES,
  type Block,
  BlockAnnouncement,
  decodeHeader,
  encodeCompactBlock,
  encodeHeader,
  encodeSealedHeader,
  sealHeader,
  toHex,
  TransactionBatch,
  transactionsRoot
} from '../../src/wire/index.ts'
import { liarKey, mineOn } from '../support/mine.ts'
import { connect, connectLine, easyGenesis, sameHead, TestNodes, transfer, until } from '../support/nodes.ts'

const copy = (data: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(data)

describe('gossip under attack', () => {
  let nodes: TestNodes
  beforeEach(() => {
    nodes = new TestNodes(easyGenesis(200))
  })
  afterEach(() => nodes.stop())

  const hour = { syncIntervalMs: 3_600_000 }

  /** Resolves with the code of the next refusal at `node`. */
  const refusal = (node: Node): Promise<string> =>
    realTimers.within(
      10_000,
      () =>
        new Promise((resolve) => {
          node.events.subscribe((event) => {
            if (event.type === 'rejected') resolve(event.code)
          })
        })
    )

  const mine = async (node: Node): Promise<void> => {
    node.producer?.start()
    await until([node], () => node.chain.head.height >= 1)
    node.producer?.stop()
  }

  it('garbage under a block’s header does not keep the block itself out', async () => {
    const [relay, victim, behind, miner] = (await nodes.addMany(4, hour)) as [Node, Node, Node, Node]
    await mine(miner)
    const block = miner.store.body(miner.chain.hashAt(1) ?? '')
    if (block === undefined) throw new Error('no block')
    await connect(victim, behind)
    for (const nonce of [0, 1, 2]) {
      // Each lie ends a connection, so each needs a liar.
      const liar = await nodes.add(hour)
      await connect(liar, victim)
      const refused = refusal(victim)
      const body = [transfer(nodes.genesis, 'alice', 'bob', nonce)]
      await liar.gossip.publish(
        'block',
        BlockAnnouncement.encode({ full: copy(assembleBlock(block.header, body).bytes) })
      )
      equal(await refused, 'wrong-root')
    }
    // Now the block itself, by gossip alone, over two hops.
    await connect(relay, victim)
    await relay.gossip.publish('block', BlockAnnouncement.encode({ full: copy(block.bytes) }))
    await until([victim, behind], () => sameHead([victim, behind, miner]))
  })

  it('garbage under the header of a block whose parent is unknown is refused, not held', async () => {
    const [victim, miner] = (await nodes.addMany(2, hour)) as [Node, Node]
    await mine(miner)
    const orphan = mineOn(miner, miner.chain.hashAt(1) ?? '', [])
    const garbled = encodeCompactBlock(orphan, new Uint8Array(8), new Set(), liarKey.sign)
    garbled[garbled.length - 1] = (garbled.at(-1) ?? 0) ^ 1
    const body = [transfer(nodes.genesis, 'alice', 'bob', 0)]
    for (const [message, code] of [
      [{ compact: copy(garbled) }, 'bad-compact-signature'],
      [{ full: copy(assembleBlock(orphan.header, body).bytes) }, 'wrong-root']
    ] as const) {
      const liar = await nodes.add(hour)
      await connect(liar, victim)
      const refused = refusal(victim)
      await liar.gossip.publish('block', BlockAnnouncement.encode(message))
      equal(await refused, code)
    }
    equal(victim.chain.headerNode(orphan.header.hash), undefined)
  })

  it('a light fork off the distant past is neither forwarded nor kept, whatever is on it', async () => {
    const [liar, victim, behind] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connectLine([liar, victim, behind])
    const depth = LEDGER_LIMITS.staleDepthMax + 4
    victim.producer?.start()
    await until([victim, behind], () => behind.chain.head.height >= depth)
    victim.producer?.stop()
    await until([liar, victim, behind], () => sameHead([liar, victim, behind]))
    const body = [transfer(nodes.genesis, 'judy', 'bob', 0, { data: new Uint8Array(60_000) })]
    const light = mineOn(victim, nodes.genesis.hash, body)
    const lightCompact = mineOn(victim, nodes.genesis.hash, [])
    // Its parent is known to nobody: a height near the head does not make it heavy.
    const orphan = mineOn(victim, nodes.genesis.hash, [], {
      parent: light.header.hash,
      height: depth,
      bits: 0x207fffff
    })
    const recent = mineOn(victim, victim.chain.hashAt(victim.chain.head.height - 2) ?? '', [])
    const heard = new Set<string>()
    const delivered = new Set<string>()
    behind.events.subscribe((event) => {
      if (event.type === 'heard' && event.kind === 'block') heard.add(event.id)
      if (event.type === 'delivered' && event.kind === 'block') delivered.add(event.id)
    })
    const salt = new Uint8Array(8)
    const compact = encodeCompactBlock(lightCompact, salt, new Set(), liarKey.sign)
    await liar.gossip.publish('block', BlockAnnouncement.encode({ compact: copy(compact) }))
    // A header is all that is read of what is old: nothing here could be decoded as transactions.
    const unreadable = new Uint8Array(BLOCK_EMPTY_BYTES + 100_000).fill(0xff)
    unreadable.set(encodeSealedHeader(mineOn(victim, nodes.genesis.hash, [], { time: light.header.time + 1 }).header))
    for (const bytes of [light.bytes, orphan.bytes, unreadable, recent.bytes]) {
      await liar.gossip.publish('block', BlockAnnouncement.encode({ full: copy(bytes) }))
    }
    // A fork near the head may still win.
    await until([behind], () => delivered.has(recent.header.hash))
    ok(heard.has(recent.header.hash))
    deepEqual(
      [light, lightCompact, orphan].filter(({ header }) => heard.has(header.hash)),
      []
    )
    for (const { header } of [light, lightCompact, orphan]) {
      for (const node of [victim, behind]) equal(node.store.blockBytes(header.hash), undefined)
    }
    equal(victim.penalties.score(liar.host.peerId), 0)
  })

  it('a block that went round by short ids does not go round whole besides, whoever sends it', async () => {
    const [producer, victim, behind, liar] = (await nodes.addMany(4, hour)) as [Node, Node, Node, Node]
    await connectLine([producer, victim, behind])
    await connect(liar, victim)
    await mine(producer)
    const { hash } = producer.chain.head
    // The store has it a moment after the chain.
    const stored = (node: Node): Uint8Array | undefined => node.store.blockBytes(hash)
    await until([liar, behind], () => stored(liar) !== undefined && stored(behind) !== undefined)
    const copies = { atVictim: 0, behind: 0 }
    const count = (node: Node, place: keyof typeof copies): void => {
      node.events.subscribe((event) => {
        if (event.type === 'duplicate' && event.id === hash) copies[place]++
      })
    }
    count(victim, 'atVictim')
    count(behind, 'behind')
    const block = stored(liar) ?? new Uint8Array()
    await liar.gossip.publish('block', BlockAnnouncement.encode({ full: copy(block) }))
    await until([victim], () => copies.atVictim > 0)
    // What the liar sent after it has crossed the same two links: so would it have.
    const payment = transfer(nodes.genesis, 'alice', 'bob', 0)
    await liar.submit(payment.bytes)
    await until([behind], () => behind.mempool.has(payment.id))
    equal(copies.behind, 0)
    equal(victim.penalties.score(liar.host.peerId), 0)
  })

  it('a sealer that fills its slot with blocks has two of them carried', async () => {
    const sealer = toHex(liarKey.publicKey)
    const slotMs = 1000
    const slots = new TestNodes(
      createGenesis({
        ...nodes.genesis.file,
        time: Date.now() - 10 * slotMs,
        consensus: { kind: 'authority', slotMs, sealers: [sealer] }
      })
    )
    try {
      const { genesis } = slots
      const [liar, victim, behind] = (await slots.addMany(3, hour)) as [Node, Node, Node]
      await connectLine([liar, victim, behind])
      const blockIn = (slot: number, nonce: number): Block => {
        const header = encodeHeader({
          network: genesis.network,
          parent: genesis.hash,
          height: 1,
          time: genesis.file.time + slot * slotMs,
          merkleRoot: transactionsRoot([]),
          producer: sealer,
          bits: 2,
          nonce: nonce.toString(16).padStart(16, '0')
        })
        return assembleBlock(sealHeader(decodeHeader(header), liarKey.sign), [])
      }
      const heard = new Set<string>()
      behind.events.subscribe((event) => {
        if (event.type === 'heard' && event.kind === 'block') heard.add(event.id)
      })
      const many = [0, 1, 2, 3, 4, 5].map((nonce) => blockIn(1, nonce))
      const next = blockIn(2, 0)
      for (const [i, block] of [...many, next].entries()) {
        const compact = encodeCompactBlock(block, new Uint8Array(8), new Set(), liarKey.sign)
        const message = i % 2 === 0 ? { compact: copy(compact) } : { full: copy(block.bytes) }
        await liar.gossip.publish('block', BlockAnnouncement.encode(message))
      }
      const carried = (): number => many.filter(({ header }) => heard.has(header.hash)).length
      await until([behind], () => heard.has(next.header.hash) && carried() > 1)
      equal(carried(), 2)
      equal(victim.penalties.score(liar.host.peerId), 0)
    } finally {
      await slots.stop()
    }
  })

  it('a message carries nothing but its items', async () => {
    const [liar, victim, other] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    const batch = TransactionBatch.encode({ transactions: [copy(transfer(nodes.genesis, 'alice', 'bob', 0).bytes)] })
    // Field 15, length-delimited, 100 bytes: unknown to everyone, and forwarded by everyone.
    const junk = new Uint8Array(102)
    junk.set([0x7a, 100])
    const refused = refusal(victim)
    await liar.gossip.publish('transaction', Buffer.concat([batch, junk]))
    equal(await refused, 'not-canonical')
    const again = refusal(victim)
    await mine(other)
    const block = other.store.blockBytes(other.chain.hashAt(1) ?? '') ?? new Uint8Array()
    await connect(other, victim)
    await other.gossip.publish('block', Buffer.concat([BlockAnnouncement.encode({ full: copy(block) }), junk]))
    equal(await again, 'not-canonical')
  })

  it('a block has one encoding, also of those that are as long', async () => {
    const [liar, victim, other] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    await mine(other)
    const message = BlockAnnouncement.encode({
      full: copy(other.store.blockBytes(other.chain.hashAt(1) ?? '') ?? new Uint8Array())
    })
    // The field's number with another wire type, which the decoder overlooks.
    message[0] = 0x0b
    const refused = refusal(victim)
    await liar.gossip.publish('block', message)
    equal(await refused, 'not-canonical')
  })

  it('a bad batch does not take good transactions with it', async () => {
    const [liar, victim, honest] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    await connect(honest, victim)
    const wanted = transfer(nodes.genesis, 'alice', 'bob', 0)
    const bad = copy(transfer(nodes.genesis, 'bob', 'alice', 0).bytes)
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 1
    await Promise.all([
      liar.gossip.publish('transaction', TransactionBatch.encode({ transactions: [copy(wanted.bytes), bad] })),
      honest.submit(wanted.bytes)
    ])
    await until([victim], () => victim.mempool.has(wanted.id))
  })

  it('what a sender can’t pay is not passed on', async () => {
    const [liar, victim, behind] = (await nodes.addMany(3, hour)) as [Node, Node, Node]
    await connect(liar, victim)
    await connect(victim, behind)
    const heard = new Set<string>()
    behind.events.subscribe((event) => {
      if (event.type === 'heard') heard.add(event.id)
    })
    const unfunded = transfer(nodes.genesis, 'judy', 'bob', 0)
    const funded = transfer(nodes.genesis, 'alice', 'bob', 0)
    for (const { bytes } of [unfunded, funded]) {
      await liar.gossip.publish('transaction', TransactionBatch.encode({ transactions: [copy(bytes)] }))
    }
    await until([behind], () => behind.mempool.has(funded.id))
    ok(!heard.has(unfunded.id))
  })
})

describe('an acknowledged transaction', () => {
  it('reaches the network although nobody was there to hear it', async () => {
    const nodes = new TestNodes(easyGenesis(200))
    try {
      const [lonely, miner] = (await nodes.addMany(2)) as [Node, Node]
      const payment = transfer(nodes.genesis, 'alice', 'bob', 0)
      await lonely.submit(payment.bytes)
      await connect(lonely, miner)
      await until([miner], () => miner.mempool.has(payment.id))
    } finally {
      await nodes.stop()
    }
  })

  it('is published once, however often it is submitted', async () => {
    const nodes = new TestNodes(easyGenesis(200))
    try {
      const node = await nodes.add()
      let published = 0
      node.events.subscribe((event) => {
        if (event.type === 'published' && event.kind === 'transaction') published++
      })
      const { bytes, id } = transfer(nodes.genesis, 'alice', 'bob', 0)
      await Promise.all([node.submit(bytes), node.submit(bytes), node.submit(bytes)])
      node.producer?.start()
      await until([node], () => node.store.locate(id) !== undefined)
      node.producer?.stop()
      await node.submit(bytes)
      equal(published, 1)
    } finally {
      await nodes.stop()
    }
  })
})

describe('a node whose store fails', () => {
  it('stops taking part', async () => {
    const nodes = new TestNodes(easyGenesis(200))
    try {
      const node = await nodes.add()
      node.store.commit = () => Promise.reject(new Error('disk full'))
      let published = 0
      node.events.subscribe((event) => {
        if (event.type === 'published') published++
      })
      const failed = Promise.withResolvers<void>()
      const logged = node.runtime.logger.error
      node.runtime.logger.error = (message, fields) => {
        logged(message, fields)
        if (message.includes('takes part in nothing')) failed.resolve()
      }
      node.producer?.start()
      await realTimers.within(10_000, () => failed.promise)
      equal(node.state, 'failed')
      equal(node.producer?.running, false)
      equal(published, 1)
    } finally {
      await nodes.stop()
    }
  })
})
