// Every decoder of bytes from outside, as `npm run fuzz` and the tests try it: an input is refused with an error of our
// own type, or gives a value that encodes again to the same. Anything else escapes, as an exception.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Uint8ArrayList } from 'uint8arraylist'
import { CliError } from '../../src/cli/errors.ts'
import { parseKey } from '../../src/cli/keys.ts'
import { sha256, sipKey } from '../../src/crypto/index.ts'
import { LedgerError, parseGenesis } from '../../src/ledger/index.ts'
import { type MessageCodec, NetworkError } from '../../src/network/index.ts'
import { skimFrame } from '../../src/network/gossip-traffic.ts'
import { helloProtocol, judgeHello } from '../../src/peers/index.ts'
import { checkLines, membersProtocol, readSyn, splitDelta } from '../../src/peers/membership-protocol.ts'
import { decodeAnnouncement, encodeCompactAnnouncement, encodeFullAnnouncement } from '../../src/relay/announcement.ts'
import { blockTransactionsProtocol } from '../../src/relay/index.ts'
import { decodeBatch } from '../../src/relay/transaction-relay.ts'
import { CELL_BYTES, Cells, ESTIMATOR_BYTES, peel, SymbolTable } from '../../src/reconcile/index.ts'
import { ChainFileError, ChainFileReader, StoreError } from '../../src/store/index.ts'
import * as records from '../../src/store/records.ts'
import { decodeTip } from '../../src/sync/index.ts'
import {
  blocksProtocol,
  cellsProtocol,
  digestProtocol,
  headersProtocol,
  transactionsProtocol
} from '../../src/sync/protocols.ts'
import { decodeSymbols } from '../../src/sync/symbols.ts'
import {
  assembleBlock,
  BlockAnnouncement,
  decodeBlock,
  decodeHeartbeat,
  decodeProfile,
  decodeCompactBlock,
  decodeGaps,
  decodeSealedHeader,
  decodeTransaction,
  encodeGaps,
  encodeSealedHeader,
  encodeTransactionBody,
  fromHex,
  heartbeatHead,
  signHeartbeat,
  signProfile,
  TransactionBatch,
  toHex,
  WireError
} from '../../src/wire/index.ts'
import { chainFileOf, fourBlocks, inPieces } from '../store/chain-files.ts'
import { genesis } from '../store/sealed-chain.ts'
import { readFrames } from './fuzz-frames.ts'

export interface FuzzTarget {
  readonly name: string
  /** Sound inputs, which are mutated. */
  readonly seeds: readonly Uint8Array[]
  /** Longest input worth trying: a little above the decoder's own limit, where that is small. */
  readonly maxBytes: number
  /** Decodes, and checks that the value encodes again. Throws what the decoder throws. */
  readonly decode: (bytes: Uint8Array) => void | Promise<void>
  /** Whether an error is one that its callers are told to expect. */
  readonly refuses: (error: unknown) => boolean
}

/** `sound`: it decoded. Throws (rejects) when the input escaped. */
export async function tryInput(target: FuzzTarget, bytes: Uint8Array): Promise<'sound' | 'refused'> {
  try {
    // Most targets are synchronous, and a turn of the microtask queue costs as much as some of them.
    const decoding = target.decode(bytes)
    if (decoding !== undefined) await decoding
    return 'sound'
  } catch (error) {
    if (target.refuses(error)) return 'refused'
    throw error
  }
}

export function vectors(name: 'transactions' | 'headers' | 'blocks' | 'compact-blocks'): Uint8Array[] {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text).vectors.map(({ bytes }: { bytes: string }) => fromHex(bytes))
}

const isWireError = (error: unknown): boolean => error instanceof WireError

/**
 * What the protobuf decoder throws. Both of its callers (requests, relay) take any error of it for a bad message. The
 * stack runs out on nested groups: an error like the others, at a bounded depth.
 */
function isProtobufError(error: unknown): boolean {
  if (isWireError(error)) return true
  if (!(error instanceof Error)) return false
  const { name, message } = error
  if (name === 'RangeError') return /^index out of range|^Maximum call stack size exceeded$/.test(message)
  return name === 'MaxLengthError' || /^invalid (wire type \d|varint encoding)/.test(message)
}

function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(Buffer.compare(actual, expected), 0, 'it encodes to other bytes')
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value)
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

// ---- fixed layouts

const transactions = vectors('transactions')
const headers = vectors('headers')
const blocks = vectors('blocks')
const compactBlocks = vectors('compact-blocks')

const members = JSON.parse(readFileSync(new URL('../vectors/members.json', import.meta.url), 'utf8'))
const recordsIn = ({ vectors }: { vectors: { bytes: string }[] }): Uint8Array[] =>
  vectors.map(({ bytes }) => fromHex(bytes))
const unsigned = (): Uint8Array => new Uint8Array(64)
/** Without the signature, which nothing here makes again. */
const bodyOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 64)

const layouts: FuzzTarget[] = [
  {
    name: 'heartbeat',
    seeds: recordsIn(members.heartbeats),
    maxBytes: 300,
    decode: (bytes) => {
      const heartbeat = decodeHeartbeat(bytes)
      const fields = { ...heartbeat, head: heartbeatHead(heartbeat) }
      const again = signHeartbeat(fields, bytes.subarray(0, 32), '0000000000000000', unsigned)
      assertSame(bodyOf(again.bytes), bodyOf(bytes))
    },
    refuses: isWireError
  },
  {
    name: 'profile',
    seeds: recordsIn(members.profiles),
    maxBytes: 1200,
    decode: (bytes) => {
      const again = signProfile(decodeProfile(bytes), bytes.subarray(0, 32), '0000000000000000', unsigned)
      assertSame(bodyOf(again.bytes), bodyOf(bytes))
    },
    refuses: isWireError
  },
  {
    name: 'transaction',
    seeds: transactions,
    maxBytes: 70_000,
    decode: (bytes) => {
      const transaction = decodeTransaction(bytes)
      const body = encodeTransactionBody(transaction)
      assertSame(body, bytes.subarray(0, body.length))
    },
    refuses: isWireError
  },
  {
    name: 'sealed header',
    seeds: headers,
    maxBytes: 400,
    decode: (bytes) => assertSame(encodeSealedHeader(decodeSealedHeader(bytes)), bytes),
    refuses: isWireError
  },
  {
    name: 'block',
    seeds: blocks,
    maxBytes: 20_000,
    decode: (bytes) => {
      const { header, transactions: inside } = decodeBlock(bytes)
      assertSame(assembleBlock(header, inside).bytes, bytes)
    },
    refuses: isWireError
  },
  {
    name: 'compact block',
    seeds: compactBlocks,
    maxBytes: 20_000,
    decode: (bytes) => {
      const { header, count, prefilled, shortIds } = decodeCompactBlock(bytes)
      assert.equal(prefilled.size + shortIds.length, count)
      assertSame(encodeSealedHeader(header), bytes.subarray(0, 193))
    },
    refuses: isWireError
  },
  {
    name: 'gaps',
    seeds: ['', '0000', '000000010000ffff', '30780000'].map((hex) => fromHex(hex)),
    maxBytes: 200,
    decode: (bytes) => assertSame(encodeGaps(decodeGaps(bytes)), bytes),
    refuses: isWireError
  }
]

// ---- protobuf messages, with the limits they are decoded with

const tip = { height: 7, hash: own(fromHex('ab'.repeat(32))), work: Uint8Array.of(1, 2) }
const hash = own(fromHex('cd'.repeat(32)))
/** Groups in groups: skipped by recursion. */
const nestedGroups = new Uint8Array(4000).fill(0x0b)

function messageTarget<Message>(
  name: string,
  codec: MessageCodec<Message>,
  { example, maxBytes, use = () => {} }: { example: Message; maxBytes: number; use?: (message: Message) => void }
): FuzzTarget {
  return {
    name,
    seeds: [codec.encode(example), nestedGroups],
    maxBytes,
    decode: (bytes) => {
      // As it comes from a stream: in pieces.
      const half = bytes.length >> 1
      const message = codec.decode(new Uint8ArrayList(bytes.subarray(0, half), bytes.subarray(half)))
      const encoded = codec.encode(message)
      assertSame(codec.encode(codec.decode(encoded)), encoded)
      use(message)
    },
    refuses: isProtobufError
  }
}

const genesisHash = own(fromHex('ef'.repeat(32)))

const ofNothing = SymbolTable.of(sipKey(new Uint8Array(16)), []).next()
assert(ofNothing.done === true)
const noSymbols = ofNothing.value

const lines = new Uint8Array(3 * 16).fill(5)
const membersDelta = {
  heartbeats: own(Buffer.concat(recordsIn(members.heartbeats))),
  profiles: recordsIn(members.profiles).map(own)
}
/** As a node takes a delta: split, then each record decoded. */
function useDelta(delta: typeof membersDelta | undefined): void {
  if (delta === undefined) return
  const { heartbeats, profiles } = splitDelta(delta)
  for (const bytes of heartbeats) decodeHeartbeat(bytes)
  for (const bytes of profiles) decodeProfile(bytes)
}

const messages: FuzzTarget[] = [
  messageTarget('members request', membersProtocol.request, {
    example: { syn: { digest: lines, recent: 1, complete: false }, ack2: membersDelta },
    maxBytes: 10_000,
    use: ({ syn, ack2 }) => {
      if (syn !== undefined) readSyn(syn)
      useDelta(ack2)
    }
  }),
  messageTarget('members answer', membersProtocol.response, {
    example: { wanted: lines, delta: membersDelta },
    maxBytes: 10_000,
    use: ({ wanted, delta }) => {
      checkLines(wanted)
      useDelta(delta)
    }
  }),
  messageTarget('hello', helloProtocol.request, {
    example: { version: 1, genesis: genesisHash, agent: 'starling/0.1.0', salt: new Uint8Array(8), head: tip },
    maxBytes: helloProtocol.maxRequestBytes,
    use: (hello) => {
      if (judgeHello(hello, genesisHash) === undefined) decodeTip(hello.head)
    }
  }),
  messageTarget('digest', digestProtocol.request, {
    example: { tip, minFee: 1n, cells: new Uint8Array(24) },
    maxBytes: digestProtocol.maxRequestBytes,
    use: (digest) => {
      decodeTip(digest.tip)
      if (digest.cells.length % CELL_BYTES === 0) peel(Cells.decode(0, digest.cells), noSymbols)
    }
  }),
  messageTarget('digest answer', digestProtocol.response, {
    example: {
      tip,
      minFee: 0n,
      mempool: 3,
      transactions: [],
      wanted: new Uint8Array(16),
      estimator: new Uint8Array(ESTIMATOR_BYTES)
    },
    maxBytes: digestProtocol.maxResponseBytes,
    use: ({ wanted }) => void decodeSymbols(wanted, 16)
  }),
  messageTarget('cells answer', cellsProtocol.response, {
    example: { cells: new Uint8Array(36), symbols: new Uint8Array(8) },
    maxBytes: 10_000,
    use: ({ cells }) => {
      if (cells.length % CELL_BYTES === 0) peel(Cells.decode(0, cells), noSymbols)
    }
  }),
  messageTarget('transactions request', transactionsProtocol.request, {
    example: {
      wanted: new Uint8Array(8),
      offered: new Uint8Array(16),
      transactions: transactions.slice(0, 2).map(own)
    },
    maxBytes: 10_000,
    use: ({ transactions }) => {
      for (const bytes of transactions) decodeTransaction(bytes)
    }
  }),
  messageTarget('headers request', headersProtocol.request, {
    example: { locator: [hash, genesisHash], limit: 9 },
    maxBytes: headersProtocol.maxRequestBytes
  }),
  messageTarget('headers response', headersProtocol.response, {
    example: { startHeight: 3, headers: headers.map(own), tip },
    maxBytes: 10_000,
    use: (answer) => {
      for (const bytes of answer.headers) decodeSealedHeader(bytes)
      decodeTip(answer.tip)
    }
  }),
  messageTarget('blocks request', blocksProtocol.request, {
    example: { hashes: [hash, genesisHash] },
    maxBytes: blocksProtocol.maxRequestBytes
  }),
  messageTarget('block response', blocksProtocol.response, {
    example: { block: own(blocks[0] ?? new Uint8Array()), compact: own(hash) },
    maxBytes: 20_000,
    use: ({ block }) => void (block.length > 0 && decodeBlock(block))
  }),
  messageTarget('block transactions request', blockTransactionsProtocol.request, {
    example: { block: hash, gaps: Uint8Array.of(0, 1, 0, 0) },
    maxBytes: 200,
    use: ({ gaps }) => void decodeGaps(gaps)
  }),
  messageTarget('block transactions response', blockTransactionsProtocol.response, {
    example: { transactions: transactions.slice(0, 2).map(own), block: own(blocks[0] ?? new Uint8Array()) },
    maxBytes: 20_000,
    use: (answer) => {
      for (const bytes of answer.transactions) decodeTransaction(bytes)
      if (answer.block.length > 0) decodeBlock(answer.block)
    }
  }),
  {
    name: 'transaction batch',
    seeds: [TransactionBatch.encode({ transactions: transactions.slice(0, 3).map(own) }), nestedGroups],
    maxBytes: 20_000,
    decode: (bytes) => void decodeBatch(bytes),
    refuses: isProtobufError
  },
  {
    name: 'block announcement',
    seeds: [
      ...blocks.map((block) => BlockAnnouncement.encode({ full: own(block) })),
      ...compactBlocks.map((block) => BlockAnnouncement.encode({ compact: own(block) })),
      nestedGroups
    ],
    maxBytes: 20_000,
    decode: (bytes) => {
      const { kind, bytes: body } = decodeAnnouncement(bytes)
      assertSame(kind === 'full' ? encodeFullAnnouncement(body) : encodeCompactAnnouncement(body), bytes)
    },
    refuses: isProtobufError
  }
]

// ---- streams

/** Of the reader under test; as small as the smallest protocol's. */
const FRAME_BYTES_MAX = 600

const streams: FuzzTarget[] = [
  {
    name: 'frames',
    seeds: ['', '00', '0100', `ac02${'aa'.repeat(300)}`, `05${'bb'.repeat(5)}0003cccccc`, '808080807f', 'd804'].map(
      (hex) => fromHex(hex)
    ),
    maxBytes: 2000,
    decode: async (bytes) => {
      for (const frame of await readFrames(bytes, FRAME_BYTES_MAX)) assert.ok(frame.byteLength <= FRAME_BYTES_MAX)
    },
    refuses: (error) => error instanceof NetworkError
  },
  {
    name: 'gossip traffic',
    // An RPC with a subscription and two messages, as gossipsub frames it.
    seeds: ['1e0a0508011201610a', '140a02080112060a01aa22017812060a01bb220179', '0012001200'].map((hex) =>
      fromHex(hex)
    ),
    maxBytes: 2000,
    decode: (bytes) => {
      const half = bytes.length >> 1
      const inPieces = new Uint8ArrayList(bytes.subarray(0, half), bytes.subarray(half))
      assert.deepEqual(skimFrame(inPieces), skimFrame(bytes))
    },
    refuses: () => false
  }
]

// ---- files

const pow = { kind: 'pow', intervalMs: 1000, halfLifeMs: 60_000, bits: 0x1f00ffff }
const authority = { kind: 'authority', slotMs: 1000, sealers: ['ab'.repeat(32), 'cd'.repeat(32)] }
const genesisFiles = [pow, authority].map((consensus) => ({
  schema: 'starling-genesis/1',
  name: 'fuzz',
  time: 1_700_000_000_000,
  consensus,
  reward: 50,
  accounts: [{ address: '01'.repeat(32), balance: 1000 }]
}))
const secret = '11'.repeat(32)

const files: FuzzTarget[] = [
  {
    name: 'genesis file',
    seeds: genesisFiles.map((file) => utf8(JSON.stringify(file))),
    maxBytes: 2000,
    decode: (bytes) => {
      const genesis = parseGenesis(text(bytes))
      assert.equal(parseGenesis(JSON.stringify(genesis.file)).hash, genesis.hash)
    },
    refuses: (error) => error instanceof LedgerError
  },
  {
    name: 'key file',
    seeds: [utf8(secret), utf8(JSON.stringify({ schema: 'starling-key/1', secret }))],
    maxBytes: 500,
    decode: (bytes) => {
      const key = parseKey(text(bytes).trim(), 'my.key')
      assert.equal(toHex(parseKey(toHex(key.secret), 'my.key').publicKey), toHex(key.publicKey))
    },
    refuses: (error) => error instanceof CliError
  },
  {
    name: 'chain file',
    seeds: [chainFileOf(), chainFileOf(fourBlocks.slice(2))],
    maxBytes: 4000,
    decode: async (input) => {
      // With a checksum that holds: a forger would make one, too.
      const content = input.subarray(0, Math.max(0, input.length - 32))
      const bytes = Buffer.concat([content, sha256(content)])
      const reader = new ChainFileReader(inPieces(bytes, 1000))
      await reader.preamble(genesis.hash)
      const found = []
      for await (const block of reader.blocks()) found.push(decodeBlock(block.bytes))
      if (found.length > 0) assertSame(chainFileOf(found), bytes)
    },
    refuses: (error) => error instanceof ChainFileError || isWireError(error)
  },
  {
    name: 'node key',
    seeds: [utf8(`${secret}\n`)],
    maxBytes: 200,
    decode: (bytes) => assert.equal(fromHex(text(bytes).trim(), 32).length, 32),
    refuses: isWireError
  }
]

// ---- the store's records: of a directory that another program, or a bad disk, wrote into

function recordTarget<Value>(
  name: string,
  decode: (bytes: Uint8Array) => Value,
  encode: (value: Value) => Uint8Array,
  example: Value
): FuzzTarget {
  return {
    name,
    seeds: [encode(example)],
    maxBytes: 500,
    decode: (bytes) => assertSame(encode(decode(bytes)), bytes),
    // The store takes whatever a decoder says for damage, and says so as a StoreError.
    refuses: (error) => error instanceof StoreError || isWireError(error)
  }
}

const address = 'ee'.repeat(32)
const stored: FuzzTarget[] = [
  recordTarget('stored account', records.decodeAccount, records.encodeAccount, { balance: 5, nonce: 6, lastHeight: 7 }),
  recordTarget('stored undo', records.decodeUndo, records.encodeUndo, {
    accounts: [{ address, balance: 5, nonce: 6 }]
  }),
  recordTarget('stored index', records.decodeIntegers, records.encodeIntegers, [1, 2, 3]),
  recordTarget('stored head', records.decodeHead, records.encodeHead, { height: 3, hash: address })
]

export const fuzzTargets: readonly FuzzTarget[] = [...layouts, ...messages, ...streams, ...files, ...stored]
