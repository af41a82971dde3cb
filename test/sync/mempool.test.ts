// Anti-entropy of mempools, over real sockets: exactly what differs crosses, and nothing else.
import assert from 'node:assert/strict'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { createGenesis, type Genesis, targetToBits } from '../../src/ledger/index.ts'
import type { Node } from '../../src/node/index.ts'
import type { NodeEvent, SyncRoundEvent } from '../../src/trace/index.ts'
import { signTransaction, type Transaction, toHex } from '../../src/wire/index.ts'
import { connect, TestNodes, until } from '../support/nodes.ts'

const PER_SENDER = 50
const key = (sender: number) => keyPairFromLabel(`mempool test ${sender}`)

/** A network on which `senders` accounts have money, and nobody mines. */
function genesisFor(senders: number): Genesis {
  return createGenesis({
    schema: 'starling-genesis/1',
    name: 'mempools',
    time: Date.now(),
    consensus: { kind: 'pow', intervalMs: 1000, halfLifeMs: 2 ** 31 - 1, bits: targetToBits((1n << 256n) / 64n) },
    reward: 50,
    accounts: Array.from({ length: senders }, (_, i) => ({ address: toHex(key(i).publicKey), balance: 1_000_000 }))
  })
}

function transactionsOf({ network }: Genesis, sender: number, count: number): Transaction[] {
  const { publicKey, sign } = key(sender)
  const address = toHex(publicKey)
  const fields = { network, sender: address, recipient: address, amount: 1, fee: 1, validUntil: 0 }
  return Array.from({ length: count }, (_, nonce) =>
    signTransaction({ ...fields, nonce, data: new Uint8Array(100) }, sign)
  )
}

function addAll(node: Node, transactions: readonly Transaction[]): void {
  for (const transaction of transactions) assert.equal(node.mempool.add(transaction).status, 'added')
}

const sumBytes = (transactions: readonly Transaction[]): number =>
  transactions.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** Collects the rounds that nodes begin. */
function roundsOf(...nodes: Node[]): SyncRoundEvent[] {
  const rounds: SyncRoundEvent[] = []
  const keep = (event: NodeEvent): void => {
    if (event.type === 'sync') rounds.push(event)
  }
  for (const node of nodes) node.events.subscribe(keep)
  return rounds
}

const crossed = (rounds: readonly SyncRoundEvent[]): number =>
  rounds.reduce((sum, { transactionsFetched, transactionsSent }) => sum + transactionsFetched + transactionsSent, 0)
const bytesOf = (rounds: readonly SyncRoundEvent[]): number => rounds.reduce((sum, { bytes }) => sum + bytes, 0)
const repairBytes = (...nodes: Node[]): number => nodes.reduce((sum, node) => sum + node.traffic().byKind.repair, 0)

describe('mempools', () => {
  let nodes: TestNodes
  let genesis: Genesis
  let here: Node
  let there: Node
  const start = async (senders: number): Promise<void> => {
    genesis = genesisFor(senders)
    nodes = new TestNodes(genesis)
    const [first, second] = await nodes.addMany(2)
    assert(first !== undefined && second !== undefined)
    here = first
    there = second
  }
  afterEach(() => nodes.stop())

  it('of 10,000 that differ in five exchange those five, byte for byte', async () => {
    await start(202)
    const common = Array.from({ length: 200 }, (_, i) => transactionsOf(genesis, i, PER_SENDER)).flat()
    const onlyHere = transactionsOf(genesis, 200, 3)
    const onlyThere = transactionsOf(genesis, 201, 2)
    addAll(here, [...common, ...onlyHere])
    addAll(there, [...common, ...onlyThere])
    const rounds = roundsOf(here, there)
    await connect(here, there)
    await until([here, there], () => here.mempool.size === 10_005 && there.mempool.size === 10_005)
    // A round's own record may come after the transactions have.
    await until([here, there], () => crossed(rounds) === 5)
    const bodies = sumBytes([...onlyHere, ...onlyThere])
    assert.equal(bytesOf(rounds), bodies)
    // On the wire, all told: beside the bodies there are digests with their cells, and symbols. One round may be under way.
    const rest = repairBytes(here, there) - bodies
    assert.ok(rest > 0 && rest < 400 * (rounds.length + 1), `${rest} bytes beside ${bodies} in ${rounds.length} rounds`)
  }).timeout(30_000)

  it('that are equal cost a round of less than 400 bytes, and no body', async () => {
    await start(2)
    const common = transactionsOf(genesis, 0, PER_SENDER)
    addAll(here, common)
    addAll(there, common)
    await connect(here, there)
    const rounds = roundsOf(here, there)
    const before = repairBytes(here, there)
    await until([here, there], () => rounds.filter(({ transactionsDiffer }) => transactionsDiffer === 0).length >= 3)
    assert.equal(bytesOf(rounds), 0)
    // Either of them may have one more round under way.
    const sent = repairBytes(here, there) - before
    assert.ok(
      sent > 100 * rounds.length && sent < 400 * (rounds.length + 2),
      `${sent} bytes in ${rounds.length} rounds`
    )
  })

  it('that differ in hundreds settle by more cells, in thousands by symbols', async () => {
    for (const [senders, extra] of [
      [60, 6],
      [12, 60]
    ] as const) {
      await start(senders + extra)
      const common = Array.from({ length: senders }, (_, i) => transactionsOf(genesis, i, PER_SENDER)).flat()
      const more = Array.from({ length: extra }, (_, i) => transactionsOf(genesis, senders + i, PER_SENDER)).flat()
      addAll(here, [...common, ...more.slice(0, more.length / 2)])
      addAll(there, [...common, ...more.slice(more.length / 2)])
      await connect(here, there)
      const all = common.length + more.length
      await until([here, there], () => here.mempool.size === all && there.mempool.size === all)
      await nodes.stop()
    }
  }).timeout(40_000)

  it('settle although one refuses what the other holds: nothing is sent twice', async () => {
    await start(2)
    const [first] = transactionsOf(genesis, 0, 1)
    assert(first !== undefined)
    addAll(here, [first])
    // The same sender and nonce with a higher fee wins on both sides.
    const { publicKey, sign } = key(0)
    const address = toHex(publicKey)
    const rival = signTransaction(
      {
        network: genesis.network,
        sender: address,
        recipient: address,
        amount: 1,
        fee: 9,
        nonce: 0,
        validUntil: 0,
        data: new Uint8Array()
      },
      sign
    )
    addAll(there, [rival])
    const rounds = roundsOf(here, there)
    await connect(here, there)
    await until([here, there], () => here.mempool.has(rival.id) && !here.mempool.has(first.id))
    const before = rounds.length
    // Rounds of both sides at once: one of them does not compare.
    await until([here, there], () => rounds.slice(before).some(({ transactionsDiffer }) => transactionsDiffer === 0))
    assert.ok(crossed(rounds) <= 2, `${crossed(rounds)} crossed`)
    assert.equal(there.mempool.has(first.id), false)
  })
})
