// Two mempools of n transactions of which d are on one side only: what a round of anti-entropy sends and takes until both
// are equal. The real asking and answering sides talk through encoded messages; only the sockets are left out.
import { createHash, randomBytes } from 'node:crypto'
import type { Mempool } from '../../src/ledger/index.ts'
import type { Protocol, Requests } from '../../src/network/index.ts'
import { quantile, sorted } from '../../src/report/statistics.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { pairKey } from '../../src/sync/mempool-set.ts'
import { MempoolSet, MempoolSync } from '../../src/sync/index.ts'
import { cellsProtocol, digestProtocol, transactionsProtocol } from '../../src/sync/protocols.ts'
import type { Transaction } from '../../src/wire/index.ts'
import { type Benchmark, comparison, type Row, row, significant } from './result.ts'

const CASES = [
  { n: 10_000, d: 0 },
  { n: 10_000, d: 5 },
  { n: 10_000, d: 100 },
  { n: 100_000, d: 1_000 }
] as const
const FULL = { trials: 200, scale: 1 }
const QUICK = { trials: 3, scale: 100 }
const BODY_BYTES = 200

/** Of one round. */
interface Trial {
  readonly cellBytes: number
  readonly wireBytes: number
  readonly roundTrips: number
  readonly cpuMs: number
  readonly ok: boolean
}

export interface ReconcileRow extends Row {
  readonly n: number
  readonly d: number
  readonly cell_bytes_p95: number
  readonly wire_bytes_p95: number
  readonly round_trips_p95: number
  readonly cpu_ms_p50: number
  readonly success_rate: number
  readonly floor_bytes: number
}

export const reconcile: Benchmark = async ({ quick, progress }) => {
  const { trials, scale } = quick ? QUICK : FULL
  const rows: ReconcileRow[] = []
  for (const { n, d } of CASES) {
    const size = n / scale
    const difference = Math.min(d, size / 2)
    progress(`${size} transactions, ${difference} differ: ${trials} rounds`)
    const common = makeIds(size - difference)
    const results: Trial[] = []
    for (let i = 0; i < trials; i++) results.push(await trial(common, difference))
    rows.push(summary(size, difference, results))
  }
  const at = (d: number): ReconcileRow | undefined => rows.find((each) => each.d === d)
  const over = (d: number): number => (at(d)?.cell_bytes_p95 ?? Number.NaN) / (at(d)?.floor_bytes ?? Number.NaN)
  const ratios = quick ? {} : { cells_over_floor_5: over(5), cells_over_floor_1000: over(1_000) }
  return { rows, ratios: Object.fromEntries(Object.entries(ratios).map(([name, value]) => [name, significant(value)])) }
}

const GOALS: Readonly<Record<number, { cells?: number; roundTrips?: number; wire?: number }>> = {
  0: { wire: 400 },
  5: { cells: 260, roundTrips: 1 },
  1000: { cells: 20_000, roundTrips: 4 }
}

function summary(n: number, d: number, trials: readonly Trial[]): ReconcileRow {
  const p95 = (of: (each: Trial) => number): number => quantile(sorted(trials.map(of)), 0.95)
  const goal = GOALS[d]
  const cells = p95(({ cellBytes }) => cellBytes)
  const wire = p95(({ wireBytes }) => wireBytes)
  const roundTrips = p95(({ roundTrips: each }) => each)
  const floor = floorBytes(d)
  const beside = [
    ...(d === 0 ? [] : [`${significant(cells / floor)} × floor`]),
    ...(goal?.cells === undefined ? [] : [comparison(cells, 'B of cells', { most: goal.cells })]),
    ...(goal?.wire === undefined ? [] : [comparison(wire, 'B in all', { most: goal.wire })]),
    goal?.roundTrips === undefined
      ? `${roundTrips} round trips`
      : comparison(roundTrips, 'round trips', { most: goal.roundTrips })
  ]
  return {
    ...row(
      `${n} transactions, ${d} differ: cells`,
      'B',
      trials.map(({ cellBytes }) => cellBytes),
      { comparison: beside.join(', ') }
    ),
    n,
    d,
    cell_bytes_p95: cells,
    wire_bytes_p95: wire,
    round_trips_p95: roundTrips,
    cpu_ms_p50: significant(quantile(sorted(trials.map(({ cpuMs }) => cpuMs)), 0.5)),
    success_rate: trials.filter(({ ok }) => ok).length / trials.length,
    floor_bytes: Math.round(floor)
  }
}

/** What no method for symbols of 64 bits can do without: d · (64 − log2 d + 1.44) bits. */
function floorBytes(d: number): number {
  return d === 0 ? 0 : (d * (64 - Math.log2(d) + 1.44)) / 8
}

async function trial(common: readonly string[], d: number): Promise<Trial> {
  const only = makeIds(d)
  const pair = { here: new Uint8Array(randomBytes(8)), there: new Uint8Array(randomBytes(8)) }
  const ledger = { bytes: 0, cells: 0, roundTrips: 0, bodies: 0 }
  const there = new Side([...common, ...only.slice(d >> 1)], { ours: pair.there, theirs: pair.here }, ledger)
  const here = new Side([...common, ...only.slice(0, d >> 1)], { ours: pair.here, theirs: pair.there }, ledger, there)
  // Sketches are kept current between rounds; what is measured is a round.
  await Promise.all([here.warm(), there.warm()])
  const before = process.cpuUsage()
  await here.round()
  const { user, system } = process.cpuUsage(before)
  const ok = here.holds(only) && there.holds(only) && here.size === there.size
  return {
    cellBytes: ledger.cells,
    wireBytes: ledger.bytes - ledger.bodies,
    roundTrips: ledger.roundTrips,
    cpuMs: (user + system) / 1000,
    ok: ok && ledger.bodies === d * BODY_BYTES
  }
}

/** One node's mempool, as far as comparing it goes. */
class Side {
  readonly #ids: Map<string, Transaction>
  readonly #sync: MempoolSync
  readonly #set: MempoolSet
  readonly #ledger: { bytes: number; cells: number; roundTrips: number; bodies: number }
  readonly #other: Side | undefined
  readonly #salts: { readonly ours: Uint8Array; readonly theirs: Uint8Array }

  constructor(
    ids: readonly string[],
    salts: { readonly ours: Uint8Array; readonly theirs: Uint8Array },
    ledger: { bytes: number; cells: number; roundTrips: number; bodies: number },
    other?: Side
  ) {
    this.#ids = new Map(ids.map((id) => [id, transactionOf(id)]))
    this.#ledger = ledger
    this.#other = other
    this.#salts = salts
    const runtime = realRuntime()
    const mempool = {
      minFee: 1,
      minFeeFloor: 1,
      size: ids.length,
      watch: () => () => {},
      values: () => this.#ids.values(),
      get: (id: string) => this.#ids.get(id),
      refusedIds: () => [],
      refusedCount: 0
    } as unknown as Mempool
    this.#set = new MempoolSet({ mempool, runtime })
    this.#sync = new MempoolSync({
      self: other === undefined ? 'there' : 'here',
      set: this.#set,
      requests: { call: (_: string, protocol: unknown, request: unknown) => this.#ask(protocol, request) } as Requests,
      runtime,
      take: async (bodies) => {
        const found = bodies.map((bytes) => Buffer.from(bytes.subarray(0, 32)).toString('hex'))
        for (const id of found) this.#ids.set(id, transactionOf(id))
        ledger.bodies += BODY_BYTES * bodies.length
        return { ids: found, news: found.length }
      },
      saltsWith: () => salts,
      onOffence: (_, code) => {
        throw new Error(code)
      }
    })
  }

  get size(): number {
    return this.#ids.size
  }

  holds(ids: readonly string[]): boolean {
    return ids.every((id) => this.#ids.has(id))
  }

  /** Makes the sketch that is kept current from then on. */
  async warm(): Promise<void> {
    await this.#set.firstCells('peer', pairKey(this.#salts.ours, this.#salts.theirs), 0, 1)
  }

  async round(): Promise<void> {
    const tip = { height: 1_000_000, hash: new Uint8Array(32), work: new Uint8Array(8) }
    const done = await this.#sync.round(
      'peer',
      async (digest) => this.#ask(digestProtocol, { tip, ...digest }) as never,
      new AbortController().signal
    )
    this.#ledger.roundTrips += done?.roundTrips ?? Number.NaN
  }

  /** Encodes, counts, has the other side answer, and decodes. */
  async #ask(protocol: unknown, request: unknown): Promise<unknown> {
    const other = this.#other
    if (other === undefined) throw new Error('only one side asks')
    const sync = other.#sync
    switch (protocol) {
      case digestProtocol:
        return this.#carry(digestProtocol, request as never, async (question) => {
          this.#ledger.cells += question.cells.length
          return { tip: question.tip, ...(await sync.answer(question, 'peer', true)) } as never
        })
      case cellsProtocol:
        return this.#carry(cellsProtocol, request as never, async (question) => {
          const answer = await sync.cells(question, 'peer')
          this.#ledger.cells += answer.cells.length + answer.symbols.length
          return answer
        })
      default:
        return this.#carry(transactionsProtocol, request as never, (question) => sync.transactions(question, 'peer'))
    }
  }

  async #carry<Req, Res>(
    protocol: Protocol<Req, Res>,
    request: Req,
    answer: (request: Req) => Promise<Res>
  ): Promise<Res> {
    const asked = protocol.request.encode(request)
    const answered = protocol.response.encode(await answer(protocol.request.decode(asked)))
    this.#ledger.bytes += framed(asked) + framed(answered)
    return protocol.response.decode(answered)
  }
}

/** With the frame's length prefix. */
function framed({ length }: Uint8Array): number {
  return length + 1 + Math.floor(Math.log2(Math.max(1, length)) / 7)
}

function makeIds(count: number): string[] {
  const seed = randomBytes(16)
  return Array.from({ length: count }, (_, i) => createHash('sha256').update(seed).update(String(i)).digest('hex'))
}

function transactionOf(id: string): Transaction {
  return { id, bytes: Buffer.concat([Buffer.from(id, 'hex'), Buffer.alloc(BODY_BYTES - 32)]) } as unknown as Transaction
}
