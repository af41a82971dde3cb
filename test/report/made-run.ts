// A made-up run: events as nodes would tell them, per node and in order, from one seed.
import { seededRandom } from '../../src/runtime/index.ts'
import type { NamedEvent } from '../../src/trace/index.ts'
import { Collector, type CollectorInit, type ReportInput } from '../../src/report/index.ts'

export const MESHED_AT = 1_700_000_004_000

export interface MadeRun {
  readonly nodes: readonly string[]
  readonly peerNames: ReadonlyMap<string, string>
  /** One list per node. */
  readonly events: readonly (readonly NamedEvent[])[]
}

export interface MadeRunInit {
  readonly nodes: number
  readonly blocks: number
  readonly transactionsPerBlock: number
  readonly intervalMs?: number
  /** Share of deliveries that gossip misses and repair brings a second later. */
  readonly missed?: number
  readonly seed?: number
}

export function hash(label: string): string {
  return Buffer.from(label.padEnd(32, '.')).toString('hex').slice(0, 64)
}

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index + 1}`)
}

export function peersOf(nodes: readonly string[]): ReadonlyMap<string, string> {
  return new Map(nodes.map((name) => [`peer-${name}`, name]))
}

/** Blocks (and transactions) spread over a random tree; every node imports each block. */
export function madeRun(init: MadeRunInit): MadeRun {
  const random = seededRandom(init.seed ?? 1)
  const names = nodeNames(init.nodes)
  const perNode = new Map<string, NamedEvent[]>(names.map((name) => [name, []]))
  const tell = (node: string, event: Record<string, unknown>): void => {
    perNode.get(node)?.push({ node, ...event } as unknown as NamedEvent)
  }
  const spread = (kind: 'block' | 'transaction', id: string, start: number, fields: Record<string, unknown>) => {
    const [origin, ...others] = random.shuffle(names)
    const arrived: [string, number][] = [[origin ?? '', start]]
    tell(origin ?? '', { type: 'published', kind, id, at: start, bytes: 200 + random.int(20_000), ...fields })
    for (const node of others) {
      const [from, at] = random.pick(arrived.slice(-6)) ?? ['', start]
      const isMissed = random.next() < (init.missed ?? 0)
      const heardAt = at + 0.4 + random.exponential(1.5)
      const deliveredAt = isMissed ? at + 900 + random.int(200) : heardAt + random.exponential(0.8)
      if (!isMissed) tell(node, { type: 'heard', kind, id, at: heardAt, from: `peer-${from}` })
      const via = isMissed ? 'repair' : random.next() < 0.03 ? 'requested' : 'gossip'
      tell(node, { type: 'delivered', kind, id, at: deliveredAt, via, from: `peer-${from}`, ...fields })
      if (random.next() < 0.7) tell(node, { type: 'duplicate', kind, id, at: deliveredAt + 1, from: 'peer-n1' })
      if (!isMissed) arrived.push([node, deliveredAt])
      else tell(node, syncRound(deliveredAt))
      if (kind === 'block') importBlock(node, id, deliveredAt + 0.5)
    }
    if (kind === 'block') importBlock(origin ?? '', id, start + 0.1)
  }
  let height = 0
  let included: string[] = []
  const importBlock = (node: string, id: string, at: number): void => {
    tell(node, { type: 'imported', id, parent: '', height, transactions: included, at })
    tell(node, { type: 'head', hash: id, height, work: String(height * 10), abandoned: 0, at })
  }
  for (height = 1; height <= init.blocks; height++) {
    const start = MESHED_AT + height * (init.intervalMs ?? 2000) - random.int(600)
    included = Array.from({ length: init.transactionsPerBlock }, (_, index) => hash(`tx ${height}.${index}`))
    for (const id of included) spread('transaction', id, start - 1500 + random.int(1000), {})
    spread('block', hash(`${random.int(0xffffff).toString(16)} block ${height}`), start, { height })
  }
  const byTime = [...perNode.values()].map((events) => events.sort((a, b) => a.at - b.at))
  return { nodes: names, peerNames: peersOf(names), events: byTime }
}

function syncRound(at: number): Record<string, unknown> {
  const tip = { height: 1, hash: hash('tip'), work: '1' }
  const fetched = {
    blocksFetched: 1,
    transactionsFetched: 0,
    transactionsSent: 0,
    transactionsDiffer: null,
    bytes: 900,
    durationMs: 4
  }
  return { type: 'sync', peer: 'peer-n1', ours: tip, theirs: tip, ...fetched, outcome: 'behind', at }
}

/** A collector that has been told that all nodes are up from the start, meshed at `MESHED_AT`. */
export function startedCollector(nodes: readonly string[], init: Partial<CollectorInit> = {}): Collector {
  const collector = new Collector({ nodes, peerNames: peersOf(nodes), ...init })
  for (const node of nodes) collector.nodeUp(node, MESHED_AT - 3000)
  collector.meshed(MESHED_AT)
  return collector
}

export function reportInput(collector: Collector, init: Partial<ReportInput> = {}): ReportInput {
  const endedAt = init.endedAt ?? MESHED_AT + 30_000
  return {
    collector,
    engine: 'tcp',
    scenario: 'local',
    seed: 7,
    startedAt: MESHED_AT - 4000,
    endedAt,
    drainedAt: endedAt + 400,
    interrupted: false,
    environment: { version: '0.1.0', node: 'v24.0.0', cpus: 2, event_loop_lag_p99_ms: 0.1 },
    config: { nodes: collector.nodes.length },
    linkDelayMs: 0,
    ...init
  }
}
