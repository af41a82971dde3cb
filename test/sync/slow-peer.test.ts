import { deepEqual, equal, ok } from 'node:assert/strict'
import { relayDefaults, syncDefaults } from '../../src/config/index.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import type { Node } from '../../src/node/index.ts'
import { decodeAnnouncement } from '../../src/relay/announcement.ts'
import { compareTips, encodeTip, tipOf } from '../../src/sync/index.ts'
import { blocksProtocol, digestProtocol, headersProtocol } from '../../src/sync/protocols.ts'
import { encodeCompactBlock, encodeSealedHeader, type Tip, toHex } from '../../src/wire/index.ts'
import { BOASTED_TIP, Liar } from '../support/liar.ts'
import { connect, easyGenesis, eventually, sameHead, TestNodes, until } from '../support/nodes.ts'

describe('a peer that does not serve what it claims', () => {
  let nodes: TestNodes
  let liar: Liar
  let tip: Tip
  /** Answers that never come; settled at the end so that nothing waits for them. */
  let never: PromiseWithResolvers<never>
  beforeEach(async () => {
    nodes = new TestNodes(easyGenesis(500))
    tip = BOASTED_TIP
    never = Promise.withResolvers()
    never.promise.catch(() => {})
    liar = await Liar.start(nodes.genesis, () => tip)
    const nothing = { minFee: 0n, mempool: 0, transactions: [], wanted: new Uint8Array(), estimator: new Uint8Array() }
    await liar.requests.serve(digestProtocol, async () => ({ ...nothing, tip }))
  })
  afterEach(async () => {
    never.reject(new Error('over'))
    await liar.stop()
    await nodes.stop()
  })

  const mine = async (node: Node, blocks: number): Promise<void> => {
    const height = node.chain.head.height + blocks
    node.producer?.start()
    await until([node], () => node.chain.head.height >= height)
    node.producer?.stop()
  }

  /** What is held against the liar. */
  const refusalsAt = (victim: Node): string[] => {
    const refused: string[] = []
    victim.events.subscribe((event) => {
      if (event.type === 'rejected' && event.from === liar.host.peerId) refused.push(event.code)
    })
    return refused
  }

  /** Headers of a node's chain, served as the liar's own. */
  const serveHeadersOf = (node: Node): Promise<void> =>
    liar.requests.serve(headersProtocol, async ({ locator, limit }) => {
      const { startHeight, headers } = node.chain.headersAfter(locator.map(toHex), limit)
      return { startHeight, headers: headers.map((header) => new Uint8Array(encodeSealedHeader(header))), tip }
    })

  it('neither stops its victim from producing nor from catching up with others, when it is silent', async () => {
    await liar.requests.serve(headersProtocol, () => never.promise)
    const [victim, honest] = (await nodes.addMany(2)) as [Node, Node]
    victim.peers.connectTo(liar.address)
    await until([victim], () => victim.fetcher.isCatchingUpWith(liar.host.peerId))
    ok(victim.inStep)
    await mine(victim, 2)
    await mine(honest, 6)
    await connect(victim, honest)
    await until([victim, honest], () => sameHead([victim, honest]))
  })

  it('does not keep its victim on a chain whose blocks it withholds', async () => {
    const [victim, honest, hoarder] = (await nodes.addMany(3)) as [Node, Node, Node]
    // A heavier chain than the honest one: its headers are real, its bodies never come.
    await mine(honest, 3)
    await mine(hoarder, 9)
    ok(hoarder.chain.head.work > honest.chain.head.work)
    tip = encodeTip(tipOf(hoarder.chain.head))
    await serveHeadersOf(hoarder)
    await liar.requests.serve(blocksProtocol, async () => ({ block: new Uint8Array() }))
    victim.peers.connectTo(liar.address)
    await until([victim], () => victim.chain.bestHeader.height >= 9)
    await connect(victim, honest)
    await until([victim, honest], () => victim.chain.head.hash === honest.chain.head.hash)
    // And nobody honest pays for it.
    ok(victim.peers.has(honest.host.peerId))
  })

  it('is blamed when it claims a better chain and shows headers of none, and no bodies are fetched for it', async () => {
    const victim = await nodes.add()
    await mine(victim, 2)
    // One header that everybody knows, in answer to every locator.
    const known = victim.chain.headersAfter([nodes.genesis.hash], 1).headers.map((header) => encodeSealedHeader(header))
    let asked = 0
    await liar.requests.serve(headersProtocol, async () => ({
      startHeight: 1,
      headers: known as Uint8Array<ArrayBuffer>[],
      tip
    }))
    await liar.requests.serve(blocksProtocol, () => {
      asked++
      return never.promise
    })
    const refused = refusalsAt(victim)
    victim.peers.connectTo(liar.address)
    await until([victim], () => refused.includes('undelivered'))
    equal(asked, 0)
  })

  it('is blamed when it claims more work than a block has that everybody knows', async () => {
    const victim = await nodes.add()
    await mine(victim, 1)
    tip = { ...encodeTip(tipOf(victim.chain.head)), work: BOASTED_TIP.work }
    const refused = refusalsAt(victim)
    victim.peers.connectTo(liar.address)
    await until([victim], () => refused.includes('undelivered'))
  })

  it('does not have its victim gossip a whole chain by sending signed compact blocks along', async () => {
    const [honest, victim, behind] = (await nodes.addMany(3, { syncIntervalMs: 3_600_000 })) as [Node, Node, Node]
    await connect(victim, behind)
    await mine(honest, 8)
    const top = honest.chain.head.height
    const { sign } = keyPairFromLabel('test node 0')
    tip = encodeTip(tipOf(honest.chain.head))
    await serveHeadersOf(honest)
    await liar.requests.serve(blocksProtocol, async function* ({ hashes }) {
      for (const hash of hashes) {
        const block = honest.store.body(toHex(hash))
        if (block === undefined) throw new Error('the store has it a moment after the chain')
        const compact = encodeCompactBlock(block, new Uint8Array(8), new Set(), sign)
        yield { block: new Uint8Array(block.bytes), compact: new Uint8Array(compact) }
      }
    })
    const spread: number[] = []
    victim.gossip.spread = async (_topic, data) => {
      const announcement = decodeAnnouncement(data)
      if (announcement.kind === 'compact') spread.push(announcement.header.height)
      return { id: '' }
    }
    await until([honest], () => honest.store.body(honest.chain.head.hash) !== undefined)
    victim.peers.connectTo(liar.address)
    await until([victim], () => victim.chain.head.height >= top)
    await eventually(() => spread.some((height) => height >= top))
    deepEqual(
      spread.filter((height) => height < top - syncDefaults.compactDepthMax),
      []
    )
  })

  it('makes its victim keep neither a long attachment of a block nor a question that went wrong', async () => {
    const [honest, victim] = (await nodes.addMany(2)) as [Node, Node]
    await mine(honest, 3)
    tip = encodeTip(tipOf(honest.chain.head))
    await serveHeadersOf(honest)
    const attached = new Uint8Array(relayDefaults.compactKeptMaxBytes + 1)
    await liar.requests.serve(blocksProtocol, async function* ({ hashes }) {
      for (const hash of hashes) {
        yield { block: new Uint8Array(honest.store.blockBytes(toHex(hash)) ?? []), compact: attached }
      }
    })
    const refused = refusalsAt(victim)
    let ended = 0
    victim.events.subscribe((event) => {
      if (event.type === 'request' && event.protocol === blocksProtocol.id) ended++
    })
    victim.peers.connectTo(liar.address)
    await until([victim], () => refused.includes('oversize') && ended === 1)
    equal(victim.chain.head.height, 0)
  })

  it('does not hold up a joiner by sending one block and then nothing', async () => {
    const [honest, joiner] = (await nodes.addMany(2)) as [Node, Node]
    await mine(honest, 12)
    tip = encodeTip(tipOf(honest.chain.head))
    await serveHeadersOf(honest)
    let asked = 0
    await liar.requests.serve(blocksProtocol, async function* ({ hashes }) {
      asked++
      const first = honest.store.blockBytes(toHex(hashes[0] ?? new Uint8Array()))
      yield { block: new Uint8Array(first ?? []) }
      await never.promise
      yield { block: new Uint8Array() }
    })
    joiner.peers.connectTo(liar.address)
    await until([joiner], () => joiner.chain.head.height >= 1)
    await connect(joiner, honest)
    // Well before the liar's answer would be given up as a whole (30 s).
    await until([joiner, honest], () => sameHead([joiner, honest]), 20_000)
    equal(asked, 1)
  })
})

describe('the order of tips', () => {
  const tip = (work: bigint, hash: string) => ({ height: 1, work, hash })
  it('is more work, then the lower hash', () => {
    ok(compareTips(tip(2n, 'b'), tip(1n, 'a')) > 0)
    ok(compareTips(tip(1n, 'a'), tip(1n, 'b')) > 0)
    ok(compareTips(tip(1n, 'b'), tip(1n, 'a')) < 0)
    equal(compareTips(tip(1n, 'a'), tip(1n, 'a')), 0)
  })
})
