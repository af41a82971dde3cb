import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { blockOf, fill, rebuild } from '../../src/relay/compact-rebuild.ts'
import { hedged } from '../../src/relay/hedged.ts'
import { RoundTrip } from '../../src/relay/round-trip.ts'
import { type Interner, noInterner, realTimers, SharedInterner } from '../../src/runtime/index.ts'
import {
  assembleBlock,
  type Block,
  type CompactBlock,
  decodeCompactBlock,
  decodeHeader,
  encodeCompactBlock,
  encodeHeader,
  isCompactOf,
  sealHeader,
  signTransaction,
  type Transaction,
  toHex,
  transactionsAt,
  transactionsRoot
} from '../../src/wire/index.ts'

const key = keyPairFromLabel('a producer')

/** Layout only: nothing here looks at signatures of transactions. */
const pool: readonly Transaction[] = Array.from({ length: 60 }, (_, nonce) =>
  signTransaction(
    {
      network: '00'.repeat(8),
      sender: toHex(key.publicKey),
      recipient: toHex(key.publicKey),
      amount: 1,
      fee: 1,
      nonce,
      validUntil: 0,
      data: new Uint8Array(nonce)
    },
    () => new Uint8Array(64).fill(nonce)
  )
)

function blockWith(transactions: readonly Transaction[]): Block {
  const header = decodeHeader(
    encodeHeader({
      network: '00'.repeat(8),
      parent: '11'.repeat(32),
      height: 1,
      time: 1,
      merkleRoot: transactionsRoot(transactions),
      producer: toHex(key.publicKey),
      bits: 1,
      nonce: '00'.repeat(8)
    })
  )
  return assembleBlock(sealHeader(header, key.sign), transactions)
}

const compactOf = (block: Block, prefilled: Iterable<number> = []): CompactBlock =>
  decodeCompactBlock(encodeCompactBlock(block, new Uint8Array(8).fill(7), new Set(prefilled), key.sign))

const ids = (transactions: readonly Transaction[]): string[] => transactions.map(({ id }) => id)

/** Gives transactions the short ids that a test wants them to have. */
function collisions(of: ReadonlyMap<string, number>): Interner {
  return {
    ...noInterner,
    intern: (kind, _, make) => (kind === 'short-ids' ? (new Map(of) as ReturnType<typeof make>) : make())
  }
}

describe('a compact block', () => {
  it('is rebuilt to the byte from any mempool that has its transactions, and from what is asked for where it has not', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(pool as Transaction[]),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (transactions, prefill, known, others) => {
          const block = blockWith(transactions)
          const prefilled = transactions.flatMap((_, index) => (prefill[index] ? [index] : []))
          const compact = compactOf(block, prefilled)
          ok(isCompactOf(compact, block))
          const has = new Set(transactions.filter((_, index) => known[index]))
          const inBlock = new Set(transactions)
          const candidates = pool.filter((one, index) => has.has(one) || (!inBlock.has(one) && others[index]))
          const draft = rebuild(compact, candidates, noInterner)
          deepEqual(
            draft.missing,
            transactions.flatMap((one, index) => (has.has(one) || prefill[index] ? [] : [index]))
          )
          const answer = transactionsAt(block.bytes, draft.missing)
          const found = draft.missing.flatMap((index) => transactions[index] ?? [])
          deepEqual(
            answer?.map(toHex),
            found.map(({ bytes }) => toHex(bytes))
          )
          const whole = fill(draft, found)
          const rebuilt = whole === undefined ? undefined : blockOf(block.header, whole, noInterner)
          deepEqual(rebuilt?.bytes, block.bytes)
        }
      ),
      { seed: 4, numRuns: 100 }
    )
  })

  it('misses what two of our transactions could be', () => {
    const block = blockWith(pool.slice(0, 3))
    const compact = compactOf(block)
    const stranger = pool[9]
    ok(stranger !== undefined)
    const shortIds = new Map(pool.slice(0, 3).map(({ id }, index) => [id, compact.shortIds[index] ?? 0]))
    shortIds.set(stranger.id, compact.shortIds[1] ?? 0)
    for (const candidates of [
      [...pool.slice(0, 3), stranger],
      [stranger, ...pool.slice(0, 3)]
    ]) {
      deepEqual(rebuild(compact, candidates, collisions(shortIds)).missing, [1])
    }
  })

  it('misses what two places of it could hold', () => {
    const block = blockWith(pool.slice(0, 3))
    const compact = compactOf(block)
    const [first = 0, , third = 0] = compact.shortIds
    const twice = { ...compact, shortIds: [first, first, third] }
    deepEqual(rebuild(twice, pool, noInterner).missing, [0, 1])
  })

  it('rebuilt with a stranger whose short id fits is no block', () => {
    const block = blockWith(pool.slice(0, 3))
    const compact = compactOf(block)
    const stranger = pool[9]
    ok(stranger !== undefined)
    const draft = rebuild(compact, [stranger], collisions(new Map([[stranger.id, compact.shortIds[1] ?? 0]])))
    deepEqual(draft.missing, [0, 2])
    const whole = fill(draft, pool.slice(0, 1).concat(pool.slice(2, 3)))
    ok(whole !== undefined)
    equal(blockOf(block.header, whole, noInterner), undefined)
  })

  it('is one object for all nodes of a process, and another one never', () => {
    const interner = new SharedInterner({ entriesMax: 10 })
    const block = blockWith(pool.slice(0, 4))
    const rebuilt = blockOf(block.header, pool.slice(0, 4), interner)
    equal(blockOf(block.header, pool.slice(0, 4), interner), rebuilt)
    equal(blockOf(block.header, pool.slice(0, 3), interner), undefined)
    equal(blockOf(block.header, pool.slice(1, 5), interner), undefined)
    deepEqual(ids(rebuild(compactOf(block), pool, interner).slots.flatMap((one) => one ?? [])), ids(pool.slice(0, 4)))
    // With what another node computed.
    deepEqual(rebuild(compactOf(block), pool, interner).missing, [])
  })
})

describe('the usual round trip', () => {
  const bounds = { initialMs: 250, minMs: 20, maxMs: 1000 }
  it('is assumed, then measured, and stays within its bounds', () => {
    const trip = new RoundTrip(bounds)
    equal(trip.overdueMs, 250)
    trip.measured(40)
    equal(trip.overdueMs, 40 + 4 * 20)
    for (let i = 0; i < 100; i++) trip.measured(40)
    ok(trip.overdueMs < 41)
    for (let i = 0; i < 100; i++) trip.measured(1)
    equal(trip.overdueMs, 20)
    for (let i = 0; i < 10; i++) trip.measured(5000)
    equal(trip.overdueMs, 1000)
  })
})

describe('a hedged question', () => {
  const never = new AbortController().signal
  const silence = (signal: AbortSignal): Promise<undefined> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))

  it('is put to the first alone when it answers', async () => {
    const asked: string[] = []
    const ask = async (peer: string): Promise<string> => {
      asked.push(peer)
      return `${peer}!`
    }
    deepEqual(await hedged({ peers: ['a', 'b'], ask, overdueMs: 1000, signal: never }, realTimers), {
      answer: 'a!',
      asked: 1
    })
    deepEqual(asked, ['a'])
  })

  it('goes to the next at once from whoever does not have it or fails, and after a while past whoever is silent', async () => {
    const ask = async (peer: string, signal: AbortSignal): Promise<string | undefined> => {
      if (peer === 'empty') return undefined
      if (peer === 'broken') throw new Error('gone')
      return peer === 'silent' ? silence(signal) : peer
    }
    const question = { peers: ['empty', 'broken', 'silent', 'd', 'e'], ask, overdueMs: 5, signal: never }
    deepEqual(await hedged(question, realTimers), { answer: 'd', asked: 4 })
  })

  it('goes to the next from whoever does not have it yet, and is answered by it all the same', async () => {
    const late = Promise.withResolvers<string>()
    const ask = async (peer: string, _: AbortSignal, pass: () => void): Promise<string | undefined> => {
      if (peer === 'empty') return undefined
      if (peer === 'last') late.resolve('late')
      pass()
      return late.promise
    }
    const question = { peers: ['late', 'empty', 'last'], ask, overdueMs: 60_000, signal: never }
    deepEqual(await hedged(question, realTimers), { answer: 'late', asked: 3 })
  })

  it('ends without an answer when nobody has one, and when its signal aborts', async () => {
    const nobody = { peers: ['a', 'b'], ask: async () => undefined, overdueMs: 1000, signal: never }
    deepEqual(await hedged(nobody, realTimers), { answer: undefined, asked: 2 })
    const abort = new AbortController()
    const open = hedged(
      { peers: ['a', 'b'], ask: (_, signal) => silence(signal), overdueMs: 1000, signal: abort.signal },
      realTimers
    )
    abort.abort()
    deepEqual(await open, { answer: undefined, asked: 1 })
  })
})
