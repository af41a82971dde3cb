// Eight honest nodes on real sockets, and each kind of misbehaving node among them in turn: whatever it does, what honest
// nodes publish reaches all honest nodes, and nobody is banned but who lied, by those it lied to.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { composeAdversary } from '../../src/adversary/index.ts'
import { adversaryDefaults, LEDGER_LIMITS } from '../../src/config/index.ts'
import { createGenesis } from '../../src/ledger/index.ts'
import type { Node } from '../../src/node/index.ts'
import { MISBEHAVIOURS, type Misbehaviour } from '../../src/scenario/index.ts'
import { memoryBytes } from '../../scripts/bench/measure.ts'
import { blocksProtocol } from '../../src/sync/index.ts'
import { connect, easyGenesis, eventually, TestNodes, transfer, until } from '../support/nodes.ts'

const HONEST = 8
/** Three of the eight meet the liar. */
const VICTIMS = [0, 3, 6]
const SENDERS = ['alice', 'bob', 'carol']
const STREAMS_UNREAD = adversaryDefaults.unreadStreamsMax
/** Blocks of three such payments. Who asks for all of them again and again, and reads nothing, must not be sent it all. */
const HEAVY_BLOCKS = 8
const PAYMENT_DATA_BYTES = 60_000
/** What all nodes together hold more with one liar among them: its own 4 MB as a node, and what waits in twelve answers. */
const MEMORY_GROWTH_MAX = 14 * 1024 * 1024

/** What those that are lied to ban for. The others do nothing that can be told from bad luck, or from a bad producer. */
const BANNED_FOR: Readonly<Partial<Record<Misbehaviour, readonly string[]>>> = {
  'invalid-blocks': ['forged-block', 'forged-transaction'],
  'garbled-signatures': ['forged-block'],
  'garbage-short-ids': ['forged-block'],
  'bad-signature-spam': ['forged-transaction'],
  withholding: ['withheld', 'undelivered', 'timeout'],
  'oversized-frames': ['oversize', 'malformed'],
  'endless-frames': ['oversize', 'malformed']
}

/** Those that are not refused are at least heard: blocks from them, this many, before the second half of the test. */
const BLOCKS_HEARD: Readonly<Partial<Record<Misbehaviour, number>>> = { equivocator: 2 }

describe('a misbehaving node among eight honest ones', () => {
  const { file } = easyGenesis(2000)
  const rich = file.accounts.map(({ address }) => ({ address, balance: 1_000_000 }))
  const nodes = new TestNodes(createGenesis({ ...file, accounts: rich }))
  const honest: Node[] = []
  /** Items that honest nodes published. */
  const published: { readonly kind: 'block' | 'transaction'; readonly id: string }[] = []
  /** How blocks came to honest nodes, since the role was taken on. */
  const deliveries: { readonly id: string; readonly via: string }[] = []
  const liars = new Set<string>()
  let nonce = 0
  let memoryAtStart = 0

  before(async function () {
    this.timeout(30_000)
    honest.push(...(await nodes.addMany(HONEST)))
    const edges = honest.flatMap((node, i) => [1, 3].map((step) => [node, honest[(i + step) % HONEST]] as const))
    await Promise.all(edges.map(([a, b]) => (b === undefined ? undefined : connect(a, b))))
    for (const node of honest) {
      node.events.subscribe((event) => {
        if (event.type === 'published') published.push(event)
        if (event.type === 'delivered' && event.kind === 'block') deliveries.push(event)
      })
    }
    for (let i = 0; i < HEAVY_BLOCKS; i++) await publish(PAYMENT_DATA_BYTES)
    await until(honest, everyoneHoldsAll)
    memoryAtStart = memoryBytes()
  })
  after(() => nodes.stop())

  const holds = (node: Node, { kind, id }: (typeof published)[number]): boolean =>
    kind === 'block'
      ? ['body', 'side', 'applied'].includes(node.chain.status(id) ?? '')
      : node.mempool.has(id) || node.store.locate(id) !== undefined

  const everyoneHoldsAll = (): boolean => published.every((item) => honest.every((node) => holds(node, item)))

  /** Three payments and a block, by honest nodes. */
  const publish = async (dataBytes = 0): Promise<void> => {
    const before = published.length
    const fields = { fee: 1 + dataBytes / 1000, data: new Uint8Array(dataBytes) }
    const payment = (sender: string): Uint8Array => transfer(nodes.genesis, sender, 'alice', nonce, fields).bytes
    await Promise.all(SENDERS.map((sender, i) => honest[2 * i + 1]?.submit(payment(sender))))
    nonce++
    const [, miner] = honest
    if (miner === undefined) throw new Error('no miner')
    const blocks = (): number => published.slice(before).filter(({ kind }) => kind === 'block').length
    miner.producer?.start()
    await until(honest, () => blocks() > 0)
    miner.producer?.stop()
    equal(published.length - before - blocks(), SENDERS.length)
  }

  const victims = (): Node[] => VICTIMS.flatMap((i) => honest[i] ?? [])

  /** Everyone's bans, without those of former liars. */
  const bansOf = (node: Node, liar: Node): string[] =>
    node.penalties
      .bans()
      .filter(({ peer }) => peer === liar.host.peerId || !liars.has(peer))
      .map(({ reason }) => reason)

  /** Connects it to its victims, and waits until it is in their meshes; who reads no gossip joins none. */
  const meet = async (liar: Node, role: Misbehaviour): Promise<void> => {
    if (role !== 'slow-reader') return void (await Promise.all(victims().map((victim) => connect(liar, victim))))
    for (const victim of victims()) liar.peers.connectTo(victim.host.addresses()[0] ?? '')
    await until(honest, () => victims().every((victim) => victim.peers.has(liar.host.peerId)))
  }

  /** Questions for blocks of `liar` that `victim` is answering. */
  const answersTo = (victim: Node, liar: Node): number =>
    victim.host.gossipComponents.connectionManager
      .getConnections()
      .filter(({ remotePeer }) => remotePeer.toString() === liar.host.peerId)
      .flatMap(({ streams }) => streams)
      .filter(({ protocol, direction }) => protocol === blocksProtocol.id && direction === 'inbound').length

  const run = async (role: Misbehaviour): Promise<void> => {
    const memoryBefore = memoryBytes()
    const liar = await nodes.add({ compose: composeAdversary(role) })
    deliveries.splice(0)
    await meet(liar, role)
    let heard = 0
    const unsubscribe = victims()[0]?.events.subscribe((event) => {
      if (event.type === 'heard' && event.kind === 'block' && event.from === liar.host.peerId) heard++
    })
    liar.producer?.start()
    const reasons = BANNED_FOR[role]
    await publish()
    if (reasons !== undefined) await until(honest, () => victims().every((victim) => bansOf(victim, liar).length > 0))
    await until(honest, () => heard >= (BLOCKS_HEARD[role] ?? 0))
    if (role === 'slow-reader')
      await eventually(() => victims().every((victim) => answersTo(victim, liar) === STREAMS_UNREAD))
    // Again, after whatever it did.
    await publish()
    await until(honest, everyoneHoldsAll)
    const growth = memoryBytes() - memoryBefore
    ok(growth < MEMORY_GROWTH_MAX, `${growth} bytes more`)
    liar.producer?.stop()
    // Repair, which is quick here, would hide that gossip is dead.
    const ids = new Set(published.map(({ id }) => id))
    const honestly = deliveries.filter(({ id }) => ids.has(id))
    const byGossip = honestly.filter(({ via }) => via === 'gossip')
    ok(byGossip.length * 2 > honestly.length, `${byGossip.length} of ${honestly.length} by gossip`)
    for (const [i, node] of honest.entries()) {
      const bans = bansOf(node, liar)
      equal(bans.length, reasons !== undefined && VICTIMS.includes(i) ? 1 : 0, `n${i} has bans: ${bans}`)
      for (const reason of bans) ok(reasons?.includes(reason), `n${i} banned for ${reason}`)
      equal(node.peers.peers().filter(({ peer }) => !liars.has(peer) && peer !== liar.host.peerId).length, 4)
    }
    liars.add(liar.host.peerId)
    unsubscribe?.()
    await nodes.end(liar)
  }

  for (const role of MISBEHAVIOURS) {
    it(`${role}: ${BANNED_FOR[role] === undefined ? 'harms nobody' : 'is banned, and only it, by those it lied to'}`, async function () {
      this.timeout(30_000)
      await run(role)
    })
  }

  it('leaves no more behind than the bounds allow', () => {
    const growth = memoryBytes() - memoryAtStart
    ok(growth < MEMORY_GROWTH_MAX, `${growth} bytes more`)
    for (const node of honest) {
      deepEqual(node.gossip.pending(), { messages: 0, bytes: 0 })
      ok(node.mempool.size <= published.length)
      ok(node.penalties.size.scores + node.penalties.size.bans <= MISBEHAVIOURS.length)
      ok(node.host.connections().length <= 4 + 1)
      ok(node.chain.headerCount <= LEDGER_LIMITS.maxSideHeaders)
      const { overflowed, failedHandlers } = node.gossip.counters()
      deepEqual({ overflowed, failedHandlers }, { overflowed: 0, failedHandlers: 0 })
    }
  })
})

describe('a role', () => {
  it('needs a key to produce with', () => {
    throws(() => composeAdversary('silent')({} as never, {} as never), RangeError)
  })
})
