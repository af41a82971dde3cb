// The page about the protocol says what the code does: its worked example, its limits, its rules.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  gossipDefaults,
  LEDGER_LIMITS,
  MEMPOOL_LIMITS,
  OFFENCES,
  type OffenceTerms,
  peerDefaults,
  peerTargets,
  penaltyDefaults,
  reconcileDefaults,
  relayDefaults,
  syncDefaults
} from '../src/config/index.ts'
import { keyPairFromSecret, merkleRoot, verifySignature } from '../src/crypto/index.ts'
import { createConsensus, createGenesis, type GenesisFile } from '../src/ledger/index.ts'
import type { Protocol } from '../src/network/index.ts'
import { ESTIMATOR_BYTES } from '../src/reconcile/index.ts'
import { helloProtocol, membersProtocol } from '../src/peers/index.ts'
import { blockTransactionsProtocol } from '../src/relay/index.ts'
import { decodeBatch } from '../src/relay/transaction-relay.ts'
import { PoolVerifier } from '../src/runtime/index.ts'
import {
  blocksProtocol,
  cellsProtocol,
  digestProtocol,
  headersProtocol,
  transactionsProtocol
} from '../src/sync/protocols.ts'
import {
  COMPACT_BLOCK_MAX_BYTES,
  decodeTransaction,
  encodeTransactionBody,
  fromHex,
  signTransaction,
  TransactionBatch,
  toHex,
  transactionSignatureCheck
} from '../src/wire/index.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const page = read('docs/protocol.md')

describe('the worked example of the protocol', () => {
  const hexAfter = (label: string): string => new RegExp(`^${label} +([0-9a-f]+)$`, 'm').exec(page)?.[1] ?? ''
  const file = JSON.parse(/```json genesis\n([\s\S]*?)```/.exec(page)?.[1] ?? 'null') as GenesisFile

  it('has the genesis that its file describes', () => {
    const genesis = createGenesis(file)
    equal(hexAfter('commitment'), genesis.header.merkleRoot)
    equal(hexAfter('hash'), genesis.hash)
    equal(hexAfter('network id'), genesis.network)
    equal(hexAfter('network'), genesis.network)
  })

  it('has a transaction that decodes to the id and the fields it states', () => {
    const transaction = decodeTransaction(fromHex(hexAfter('signing bytes') + hexAfter('signature')))
    equal(transaction.id, hexAfter('id'))
    equal(toHex(encodeTransactionBody(transaction)), hexAfter('signing bytes'))
    const fields = ['version', 'network', 'sender \\(alice\\)', 'recipient \\(bob\\)', 'amount', 'fee', 'nonce']
    const parts = [...fields, 'valid until', 'data length', 'data'].map(hexAfter)
    equal(parts.join(''), hexAfter('signing bytes'))
  })

  it('is signed by the key it names', () => {
    const key = keyPairFromSecret(fromHex(hexAfter('secret of alice'), 32))
    const transaction = decodeTransaction(fromHex(hexAfter('signing bytes') + hexAfter('signature')))
    const { publicKey, message, signature } = transactionSignatureCheck(transaction)
    ok(verifySignature(publicKey, message, signature))
    equal(signTransaction(transaction, key.sign).id, transaction.id)
  })
})

describe('what the protocol page says', () => {
  it('about a Merkle root is so', () => {
    const leaves = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
    ok(page.includes(`\`${toHex(merkleRoot(leaves))}\``))
  })

  it('about requests are the limits of their protocols', () => {
    const rowOf = <Req, Res>(protocol: Protocol<Req, Res>): string => {
      const { timeouts, rate } = protocol
      const sizes = [protocol.maxRequestBytes, protocol.maxResponseBytes].map((n) => `${n.toLocaleString('en')} B`)
      const times = [timeouts.openMs, timeouts.firstByteMs, timeouts.totalMs].map((ms) => ms / 1000).join(' / ')
      const bucket = [rate.burst, rate.perSecond].map((n) => n.toLocaleString('en')).join(', ')
      return [...sizes, protocol.maxResponses, `${times} s`, protocol.maxInboundStreams, bucket].join(' | ')
    }
    const rows = new Map(
      [...page.matchAll(/^\| `(\/starling\/[\w-]+\/1)` \| `\w+` \| `\w+` \| (.+) \|$/gm)].map(([, id, row]) => [
        id,
        row
      ])
    )
    deepEqual(
      rows,
      new Map([
        [helloProtocol.id, rowOf(helloProtocol)],
        [digestProtocol.id, rowOf(digestProtocol)],
        [cellsProtocol.id, rowOf(cellsProtocol)],
        [transactionsProtocol.id, rowOf(transactionsProtocol)],
        [headersProtocol.id, rowOf(headersProtocol)],
        [blocksProtocol.id, rowOf(blocksProtocol)],
        [blockTransactionsProtocol.id, rowOf(blockTransactionsProtocol)],
        [membersProtocol.id, rowOf(membersProtocol)]
      ])
    )
  })

  it('about messages is the schema', () => {
    const fields = (text: string): string[] =>
      [...text.matchAll(/(?:repeated )?(?:uint32|uint64|bool|bytes|string|Tip) \w+ = \d+;|message \w+ \{/g)].map(
        ([field]) => field
      )
    const shown = /```protobuf\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    deepEqual(fields(shown), fields(read('src/wire/messages.proto')))
  })

  it('about limits is what nodes are configured to do', () => {
    const text = page.replace(/\s+/g, ' ')
    const count = (value: number): string => value.toLocaleString('en')
    const seconds = (ms: number): string => `${ms / 1000} s`
    const kib = (bytes: number): string => `${bytes / 1024} KiB`
    const mib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`
    const sentences = [
      // Transactions by gossip.
      `A batch holds 1 to ${relayDefaults.batchMaxCount} encoded transactions.`,
      `for company (${relayDefaults.batchDelayMs}) and send at ${kib(relayDefaults.batchMaxBytes)}`,
      `more than ${relayDefaults.batchesPerSecond} messages of transactions a second they should wait longer in proportion, up to ${relayDefaults.batchDelayMaxMs} ms`,
      `an empty batch, more than ${relayDefaults.batchMaxCount}, or`,
      `more than ${count(relayDefaults.pendingTransactionsMax)} transactions in verification`,
      `minimum fee per 1,024 bytes started, ${MEMPOOL_LIMITS.minFeeFloor} at the least`,
      `at most once every ${seconds(relayDefaults.uselessEveryMs)}`,
      `whose height is a multiple of ${relayDefaults.announceAgainBlocks}; ${relayDefaults.announceAgainMax} transactions`,
      // Comparing mempools.
      `carries ${reconcileDefaults.firstCells} cells of`,
      `reads at most ${reconcileDefaults.keptCells} cells`,
      `or ${reconcileDefaults.sessionsMax} peers being answered`,
      `ceil(${reconcileDefaults.cellsPerDifference} · d) + ${reconcileDefaults.firstCells}`,
      `keeps for ${seconds(reconcileDefaults.sessionMs)}, or until the peer has been silent for ${seconds(reconcileDefaults.sessionIdleMs)}`,
      `at most ${count(reconcileDefaults.hashedIdsPerPeerPerSecond)} ids a second for one peer (${count(reconcileDefaults.hashedIdsPerPeerBurst)} at once) and ${count(reconcileDefaults.hashedIdsPerSecond)} for all (${count(reconcileDefaults.hashedIdsBurst)} at once)`,
      `asks for ${100 * reconcileDefaults.growth}% of the first number more, up to ${reconcileDefaults.requestsMax} requests`,
      `more than ${count(reconcileDefaults.cellsMax)}, it asks for all symbols instead (${count(reconcileDefaults.symbolsMax)}`,
      `At most ${count(reconcileDefaults.namesMax)} symbols and ${kib(reconcileDefaults.bodiesMaxBytes)} of transactions`,
      `${reconcileDefaults.exchangesMax} messages to a round`,
      `came less than ${seconds(reconcileDefaults.settleMs)} ago`,
      `moved less than 1/${1 / reconcileDefaults.movedShareMin} of what it holds, sends no cells for ${reconcileDefaults.restPerIdMs} ms times the transactions it holds, ${seconds(reconcileDefaults.restMaxMs)} at the most`,
      `${count(ESTIMATOR_BYTES)} bytes; bit`,
      // Blocks by gossip.
      `is at most ${LEDGER_LIMITS.staleDepthMax} below the head and counts no less than the best chain did ` +
        `${LEDGER_LIMITS.staleDepthMax} blocks ago`,
      `at least ${['', 'all of', 'half of', 'a third of', 'a quarter of'][LEDGER_LIMITS.orphanEaseMax]} what the head`,
      `the time is more than ${seconds(LEDGER_LIMITS.maxFutureMs)} ahead`,
      `the first ${['no', 'one', 'two', 'three'][relayDefaults.variantsMax]} are, and the others **ignored**`,
      `for up to ${seconds(relayDefaults.orphanHoldMs)}: ${relayDefaults.orphansMax} at a time, ` +
        `${relayDefaults.orphansPerPeerMax} of them from one peer`,
      `judged again after the ${seconds(relayDefaults.orphanHoldMs)}`,
      `takes longer than ${seconds(gossipDefaults.verdictMsMax)} counts as ignore`,
      `An RPC has at most ${mib(gossipDefaults.maxRpcBytes)}`,
      `not whole ${seconds(relayDefaults.rebuildMs)} after it was heard`,
      `${relayDefaults.rebuildsMax} wait for missing transactions at a time, ${relayDefaults.rebuildsPerPeerMax} of them ` +
        `from one peer, ${relayDefaults.variantsMax} of one header`,
      `in the last ${relayDefaults.prefillRecentMs} ms, and those of its own users in the last ` +
        `${relayDefaults.prefillOwnMs} ms: the newest, up to ${kib(relayDefaults.prefillBytes)}`,
      `from other peers of the block mesh, ${relayDefaults.missingPeersMax} in all`,
      `the compact blocks of ${relayDefaults.compactsKeptMax} recent blocks as their producers signed them (up to ` +
        `${kib(relayDefaults.compactKeptMaxBytes)} each)`,
      `is at most ${syncDefaults.compactDepthMax} below its head`,
      `or ${count(relayDefaults.missingBlockCost)} for a whole block`,
      `a compact block of more than ${count(COMPACT_BLOCK_MAX_BYTES)} bytes`,
      // Mempool.
      `up to ${MEMPOOL_LIMITS.maxGap} nonces beyond`,
      `At most ${count(MEMPOOL_LIMITS.maxWaiting)} wait in all.`,
      `as soon as ${count(MEMPOOL_LIMITS.maxWaitingUnfunded)} wait`,
      `After ${MEMPOOL_LIMITS.maxWaitBlocks} blocks`,
      `\`maxSideHeaders\`, ${count(LEDGER_LIMITS.maxSideHeaders)} headers`,
      // Peers.
      `no answer within ${seconds(helloProtocol.timeouts.totalMs)}`,
      `nobody has asked within ${seconds(peerDefaults.helloWaitMs)}`,
      `was connected through it for ${seconds(peerDefaults.settledMs)}`,
      `keeps ${peerTargets.outbound} connections of its own choice and lets inbound ones go above ` +
        `${peerTargets.connections} in all`,
      `from ${seconds(peerDefaults.backoffMs)} up to ${seconds(peerDefaults.backoffMaxMs)}`,
      // Sync.
      `A server reads at most ${syncDefaults.locatorMax}.`,
      `at most \`min(limit, ${syncDefaults.headersMax})\` sealed headers`,
      `at most ${syncDefaults.blocksMax} hashes`,
      `${kib(syncDefaults.blockBytesPerToken)} that it starts beyond the first ${kib(syncDefaults.blockBytesPerToken)}`,
      `after the block that passes ${mib(syncDefaults.blocksMaxBytes)}`,
      `every ${seconds(syncDefaults.intervalMs)} by default, ±${syncDefaults.jitter * 100}% jitter`,
      `One catch-up per peer, ${syncDefaults.catchUpsMax} at a time.`,
      `brought nothing new for ${seconds(syncDefaults.stallMs)} gives way`,
      `headers must be here within ${seconds(syncDefaults.headersPhaseMs)}`,
      `follow the one before it within ${seconds(syncDefaults.blockWaitMs)}`,
      `not asked of another for ${seconds(syncDefaults.stallMs)}`,
      `left alone for ${seconds(syncDefaults.coolDownMs)}, doubled`,
      `in a row up to ${seconds(syncDefaults.coolDownMaxMs)}`
    ]
    deepEqual(
      sentences.filter((sentence) => !text.includes(sentence)),
      []
    )
  })

  it('about penalties is the list of offences', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d+) \| *(\d*) *\|/gm)].map(([, ...cells]) => cells)
    deepEqual(
      rows,
      Object.entries<OffenceTerms>(OFFENCES).map(([name, { weight, scoreMax = '' }]) => [
        name,
        `${weight}`,
        `${scoreMax}`
      ])
    )
    const text = page.replace(/\s+/g, ' ')
    const { halfLifeMs, disconnectScore, banScore, banMs } = penaltyDefaults
    const sentence =
      `halve every ${halfLifeMs / 1000} s. An offence that brings its peer to ${disconnectScore} or more ends the ` +
      `connection, one that brings peer or address to ${banScore} or more bans both for ${(banMs / 1000).toLocaleString('en')} s`
    ok(text.includes(sentence))
  })

  it('about canonical messages is what a receiver demands', () => {
    const example = /secret of alice[\s\S]*?^signing bytes +([0-9a-f]+)\n^signature +([0-9a-f]+)$/m.exec(page)
    const transactions = [new Uint8Array(fromHex(`${example?.[1]}${example?.[2]}`))]
    const first = TransactionBatch.encode({ transactions })
    const refuses = (data: Uint8Array): void => throws(() => decodeBatch(data), { code: 'not-canonical' })
    equal(decodeBatch(first).length, 1)
    equal(decodeBatch(TransactionBatch.encode({ transactions, attempt: 2 ** 32 - 1 })).length, 1)
    refuses(Buffer.concat([first, Uint8Array.of(0x10, 0)])) // a field of value 0
    refuses(Buffer.concat([first, Uint8Array.of(0x10, 0x81, 0)])) // an integer longer than it needs to be
    refuses(Buffer.concat([first, Uint8Array.of(0x10, 1, 0x10, 2)])) // a field twice
    refuses(Buffer.concat([Uint8Array.of(0x10, 1), first])) // fields out of order
    refuses(Buffer.concat([first, Uint8Array.of(0x18, 1)])) // an unknown field
  })

  it('about the turns of authority is what consensus demands', () => {
    const slotMs = 1001
    const time = 1_000_000
    const sealers = [1, 2, 3, 4, 5].map((byte) => toHex(new Uint8Array(32).fill(byte)))
    const { hash, header, ...genesis } = createGenesis({
      ...(JSON.parse(/```json genesis\n([\s\S]*?)```/.exec(page)?.[1] ?? 'null') as GenesisFile),
      time,
      consensus: { kind: 'authority', slotMs, sealers }
    })
    const consensus = createConsensus({ hash, header, ...genesis })
    const parent = { hash, header, height: 0, time, work: 1n, parent: undefined }
    // In slot 5 the first sealer is in turn, and the others stand behind it in their order.
    const start = time + 5 * slotMs
    const second = start + Math.floor((slotMs * 2) / 4)
    const third = start + Math.floor((slotMs * 3) / 4)
    deepEqual(
      sealers.map((sealer) => consensus.sealTime?.(parent, sealer, start)),
      // Those at places 3 and 4 wait for the slots in which they have moved up to place 2.
      [start, second, third, third + slotMs, third + 2 * slotMs]
    )
    ok(page.includes('`t + floor(slotMs · 2 / 4)` for place 1, at `t + floor(slotMs · 3 / 4)` for place 2'))
  })

  // Fails where a verifier lacks its own check of small orders: such a node would split from the others.
  it('about signatures is what both verifiers do', async () => {
    const { cases } = JSON.parse(read('test/vectors/ed25519.json')) as {
      cases: { what: string; publicKey: string; message: string; signature: string; valid: boolean }[]
    }
    const verifier = new PoolVerifier()
    for (const { what, valid, ...hex } of cases) {
      const [publicKey, message, signature] = [hex.publicKey, hex.message, hex.signature].map((text) => fromHex(text))
      ok(publicKey !== undefined && message !== undefined && signature !== undefined)
      equal(verifySignature(publicKey, message, signature), valid, what)
      equal(await verifier.verify({ publicKey, message, signature }), valid, what)
    }
    ok(cases.length > 10)
  })
})
