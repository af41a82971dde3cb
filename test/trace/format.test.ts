// The trace format: events come back as they were, and the bytes are those of pubsub.pb.TraceEvent, read here by the
// field numbers of go-libp2p-pubsub's pb/trace.proto.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { traceDefaults } from '../../src/config/index.ts'
import { decodeTraceRecord, type NodeEvent, TraceEncoder, type TracedEvent } from '../../src/trace/index.ts'
import { BLOCK_MAX_BYTES, TRANSACTION_MIN_BYTES } from '../../src/wire/index.ts'
import { BLOCK, N1, N2, SAMPLES, START_MS, TOPICS, TX } from './samples.ts'
import { type Field, skim, split } from './skim.ts'

/** The records of some events, after the one that names the node. */
function encode(events: readonly NodeEvent[], chunkBytes?: number): Buffer {
  const chunks: Buffer[] = []
  const encoder = new TraceEncoder({
    topics: TOPICS,
    onChunk: (chunk, length) => {
      chunks.push(Buffer.from(chunk.subarray(0, length)))
      return chunk
    },
    ...(chunkBytes === undefined ? {} : { chunkBytes })
  })
  const node = encoder.node('n1', N1, START_MS)
  for (const event of events) encoder.write(node, event)
  encoder.flush()
  return Buffer.concat(chunks)
}

/** As it comes out of a file in which its block is imported for the first time. */
function traced(event: NodeEvent): TracedEvent {
  if (event.type !== 'imported') return event
  return { ...event, transactions: event.transactions.length, transactionIds: event.transactions }
}

describe('a trace record', () => {
  for (const event of SAMPLES) {
    it(`brings back: ${event.type} ${JSON.stringify(event).slice(0, 60)}`, () => {
      const [, record] = split(encode([event]))
      ok(record !== undefined)
      const { peer, ns, event: decoded } = decodeTraceRecord(record)
      deepEqual(decoded, traced(event))
      equal(peer, N1)
      equal(ns, BigInt(Math.floor(event.at)) * 1_000_000n + BigInt(Math.round((event.at % 1) * 1e6)))
    })
  }

  it('names its node first', () => {
    const [first] = split(encode([]))
    deepEqual(first && decodeTraceRecord(first).event, { type: 'node', at: START_MS, name: 'n1' })
  })

  it('is the same however small the chunks are', () => {
    const transactions = new Array(100).fill(TX)
    const long: NodeEvent = { type: 'imported', at: START_MS, id: TX, parent: BLOCK, height: 6, transactions }
    const events = [...SAMPLES, long, ...SAMPLES]
    ok(encode(events, 8_192).equals(encode(events)))
  })

  it('lists the transactions of a block where it is imported first, and counts them ever after', () => {
    const event: NodeEvent = { type: 'imported', at: START_MS, id: BLOCK, parent: TX, height: 5, transactions: [TX] }
    const decoded = split(encode([event, event])).map((record) => decodeTraceRecord(record).event)
    const { transactions: _, ...rest } = event
    deepEqual(decoded.slice(1), [
      { ...rest, transactions: 1, transactionIds: [TX] },
      { ...rest, transactions: 1 }
    ])
  })

  it('has room for the list of the largest block', () => {
    ok(traceDefaults.chunkBytes > 4_096 + 32 * Math.ceil(BLOCK_MAX_BYTES / TRANSACTION_MIN_BYTES))
  })

  it('takes texts of any length, and cuts them', () => {
    const protocol = `/${'é'.repeat(100_000)}`
    const event: NodeEvent = {
      type: 'request',
      at: 1,
      protocol,
      peer: N2,
      bytes: 1,
      durationMs: 1,
      outcome: 'answered'
    }
    const [, record] = split(encode([event]))
    deepEqual(record && decodeTraceRecord(record).event, { ...event, protocol: protocol.slice(0, 128) })
  })

  it('of an unknown type is left to others, and one without its message is refused', () => {
    deepEqual(decodeTraceRecord(Buffer.from([0x08, 9])).event, { type: 'other', at: 0, code: 9 })
    throws(() => decodeTraceRecord(Buffer.from([0x08, 3])), RangeError)
  })
})

/** Type, field and fields of the message of each event that pubsub knows, by the numbers of its proto file. */
const hexOf = (fields: readonly Field[]): (readonly [number, string])[] =>
  fields.map(({ number, value }) => [number, Buffer.isBuffer(value) ? value.toString('hex') : `${value}`])
const utf8 = (text: string): string => Buffer.from(text).toString('hex')
/** The key in N2, taken out of its base 58 by another program. */
const KEY_OF_N2 = '6b79c57e6a095239282c04818e96112f3f03a4001ba97a564c23852a3f1ea5fc'
/** A peer id's bytes: the identity hash (00, 24 bytes hex) of the key's protobuf (ed25519: 08 01 12 20, key). */
const isPeerId = (bytes: string): boolean => /^002408011220[0-9a-f]{64}$/.test(bytes)

describe('a trace file as another implementation reads it', () => {
  const golden = gunzipSync(readFileSync(new URL('../vectors/trace.pb.gz', import.meta.url)))
  const records = split(golden).map(skim)

  it('is what is written today', () => {
    ok(golden.equals(encode(SAMPLES)))
  })

  it('has type, peer and time in every record, and nothing outside of pubsub but field 1000', () => {
    equal(records.length, SAMPLES.length + 1)
    for (const [i, record] of records.entries()) {
      const [type, peerId, timestamp, ...rest] = record
      deepEqual([type?.number, type?.wireType], [1, 0])
      deepEqual([peerId?.number, peerId?.wireType], [2, 2])
      ok(isPeerId(Buffer.from(peerId?.value as Buffer).toString('hex')))
      deepEqual([timestamp?.number, timestamp?.wireType], [3, 0])
      // The sample's steps of 1/4096 ms.
      const ns = 1_893_456_000_000_000_000n + BigInt(Math.round((3 + Math.max(0, i - 1)) * (1e6 / 4096)))
      equal(timestamp?.value, ns)
      deepEqual(
        rest.filter(({ number, wireType }) => wireType !== 2 || (number !== 1000 && (number < 4 || number > 16))),
        []
      )
    }
  })

  it('tells by pubsub what pubsub has words for', () => {
    const told = records.flatMap(([type, , , message]) => {
      if (message === undefined || message.number === 1000) return []
      return [[Number(type?.value), message.number, hexOf(skim(message.value as Buffer))]]
    })
    const peer = `002408011220${KEY_OF_N2}`
    const [block, tx] = [utf8(TOPICS.block), utf8(TOPICS.transaction)]
    deepEqual(told, [
      [
        0,
        4,
        [
          [1, BLOCK],
          [2, block]
        ]
      ],
      [
        0,
        4,
        [
          [1, TX],
          [2, tx]
        ]
      ],
      [
        3,
        7,
        [
          [1, TX],
          [2, tx],
          [3, peer]
        ]
      ],
      [
        3,
        7,
        [
          [1, TX],
          [2, tx],
          [3, peer]
        ]
      ],
      [
        3,
        7,
        [
          [1, BLOCK],
          [2, block],
          [3, peer]
        ]
      ],
      [
        3,
        7,
        [
          [1, BLOCK],
          [2, block]
        ]
      ],
      [
        2,
        6,
        [
          [1, BLOCK],
          [2, peer],
          [3, block]
        ]
      ],
      [
        1,
        5,
        [
          [1, BLOCK],
          [2, peer],
          [3, utf8('bad-seal')],
          [4, block]
        ]
      ],
      [
        1,
        5,
        [
          [2, peer],
          [3, utf8('not-canonical')],
          [4, tx]
        ]
      ],
      [1, 5, [[3, utf8('timeout')]]],
      [4, 8, [[1, peer]]],
      [5, 9, [[1, peer]]],
      [
        11,
        15,
        [
          [1, peer],
          [2, block]
        ]
      ],
      [
        12,
        16,
        [
          [1, peer],
          [2, tx]
        ]
      ]
    ])
  })

  it('has a type that pubsub does not know for everything else', () => {
    const own = records.filter(([, , , message]) => message?.number === 1000)
    equal(own.length, records.length - 14)
    for (const [type, ...rest] of own) {
      equal(type?.value, 64n)
      equal(rest.length, 3)
    }
  })
})
