// One seed, one plan: the whole scenario of a swarm's run, faults and misbehaving nodes included, drawn from nothing else.
import { planRun } from '../../src/engine/common/plan.ts'
import { type Random, seededRandom } from '../../src/runtime/index.ts'
import { type Edge, MISBEHAVIOURS, parseScenario, type Scenario, type ScenarioInput } from '../../src/scenario/index.ts'

/** Bounds of a plan. */
export const PLAN_LIMITS = {
  nodesMin: 4,
  nodesMax: 30,
  /** Nodes of a line, or of a ring. */
  lineMax: 8,
  /** Load, production and faults, virtual seconds. */
  secondsMin: 15,
  secondsMax: 60,
  faultsMax: 6,
  /** A fault is over, and a node back, after this many virtual seconds at the latest: dials back off meanwhile. */
  faultSecondsMax: 15,
  /** Share of the nodes that may misbehave. */
  misbehavingMax: 0.3,
  /** Share of the slowest access line that the load may take: a line that can't keep up never agrees with anybody. */
  lineShareMax: 0.2
} as const

/** How the second phase begins. */
export interface HealPlan {
  /** Production goes on for so long after the network was healed, ms of virtual time. */
  readonly productionMs: number
}

type FaultInput = NonNullable<ScenarioInput['faults']>[number]
type Links = NonNullable<ScenarioInput['links']>
type Roles = NonNullable<ScenarioInput['roles']>

/** `seed`: a whole number from 0, below 2^32. */
export function planOf(seed: number): Scenario {
  const random = seededRandom(`swarm ${seed}`)
  const network = networkOf(seed, random.fork('network'))
  const seconds = Math.round(between(random, PLAN_LIMITS.secondsMin, PLAN_LIMITS.secondsMax))
  const faults = faultsOf(network.nodes, seconds, random.fork('faults'))
  const plan = withRoom({ ...network, duration: `${seconds}s`, faults })
  const roles = rolesOf(network.nodes, random.fork('roles'))
  const tried = parseScenario({ ...plan, roles })
  const honest = tried.nodes - tried.roles.reduce((sum, { nodes }) => sum + nodes, 0)
  const producers = random.next() < 0.5 ? {} : { producers: 1 + random.int(honest) }
  const scenario = parseScenario({ ...plan, roles, block: { ...plan.block, ...producers } })
  // Who can only be reached through liars can't be asked to agree.
  return isConnected(honest, planRun(scenario, seed, seededRandom(seed)).edges) ? scenario : { ...scenario, roles: [] }
}

export function healPlanOf(seed: number): HealPlan {
  const random = seededRandom(`swarm ${seed}`).fork('heal')
  return { productionMs: random.next() < 0.5 ? 0 : 1000 * (1 + random.int(10)) }
}

function networkOf(seed: number, random: Random) {
  const { nodesMin, nodesMax } = PLAN_LIMITS
  // Small ones more often: they are quicker, and break as well.
  const drawn = nodesMin + Math.floor((nodesMax - nodesMin + 1) * random.next() ** 1.5)
  const kind = pick(random, ['random', 'random', 'random', 'erdos-renyi', 'small-world', 'star', 'line'] as const)
  // Anti-entropy goes one hop a round: who is far from everybody agrees late, and that is no failure.
  const nodes = kind === 'line' ? Math.min(drawn, PLAN_LIMITS.lineMax) : drawn
  const degreeMin = nodes > PLAN_LIMITS.lineMax ? 4 : 2
  const consensus = pick(random, ['pow', 'authority'] as const)
  const perBlock = random.next() < 0.15 ? 1 + random.int(60) : 0
  return {
    name: `swarm-${seed}`,
    seed,
    nodes,
    topology: { kind, degree: degreeMin + random.int(4) },
    links: linksOf(random),
    relay: pick(random, ['compact', 'compact', 'full'] as const),
    consensus,
    block: {
      interval: pick(random, ['500ms', '1s', '2s', '4s']),
      maxBytes: pick(random, [1024 * 1024, 1024 * 1024, 16 * 1024, 2048])
    },
    load: {
      rate: pick(random, [0, 0.5, 2, 5, 10, 20]),
      dataBytes: pick(random, [0, 0, 0, 100, 3000]),
      perBlock,
      shared: pick(random, [1, 0.9, 0.5])
    },
    validation: { transaction: `${random.int(3)}ms`, block: pick(random, ['0ms', '5ms', '100ms']) },
    sync: { interval: pick(random, ['1s', '2s', '4s']), fanout: 1 + random.int(2) },
    membership: { interval: pick(random, ['500ms', '1s', '2s']) },
    mining: { hashRate: 20 + random.int(100) }
  }
}

function linksOf(random: Random): Links {
  const min = Math.round(between(random, 1, 100))
  const bandwidth = pick(random, [undefined, undefined, '50Mbit', '5Mbit', '1Mbit'])
  return {
    latency: `${min}ms..${min + random.int(150)}ms`,
    jitter: `${pick(random, [0, 0, 5, 50])}ms`,
    loss: pick(random, [0, 0, 0.001, 0.01, 0.05]),
    tcp: pick(random, ['fluid', 'slow_start'] as const),
    ...(bandwidth === undefined ? {} : { bandwidth })
  }
}

function rolesOf(nodes: number, random: Random): Roles {
  let left = Math.floor(nodes * PLAN_LIMITS.misbehavingMax)
  if (random.next() < 0.5) return []
  const roles = random.shuffle(MISBEHAVIOURS).slice(0, 1 + random.int(3))
  return roles.flatMap((role) => {
    const count = Math.min(left, 1 + random.int(3))
    left -= count
    return count === 0 ? [] : [{ role, nodes: count }]
  })
}

function faultsOf(nodes: number, seconds: number, random: Random): FaultInput[] {
  return Array.from({ length: random.int(PLAN_LIMITS.faultsMax + 1) }, () => faultOf(nodes, seconds, random))
}

function faultOf(nodes: number, seconds: number, random: Random): FaultInput {
  const at = ms(between(random, 0, seconds * 0.9))
  const length = ms(between(random, 0.2, PLAN_LIMITS.faultSecondsMax))
  const some = 1 + random.int(Math.max(1, Math.floor(nodes / 2)))
  // One that lasts is undone when the network is healed.
  const lasting = random.next() < 0.8 ? { for: length } : {}
  const kinds = ['crash', 'stop', 'restart', 'wipe', 'pause', 'join', 'partition', 'cut', 'slow', 'churn'] as const
  const kind = pick(random, kinds)
  switch (kind) {
    case 'crash':
    case 'stop':
    case 'wipe':
    case 'pause':
      return { do: kind, at, nodes: some, ...(kind === 'wipe' ? { for: length } : lasting) }
    case 'restart':
    case 'cut':
      return { do: kind, at, nodes: some }
    case 'join':
      return { do: kind, at, nodes: 1 }
    case 'partition': {
      const groups = 1 + random.int(2)
      return { do: kind, at, groups: Array.from({ length: groups }, () => 1 + random.int(nodes - 1)), ...lasting }
    }
    case 'slow': {
      const bandwidth = random.next() < 0.5 ? {} : { bandwidth: pick(random, ['200kbit', '1Mbit', '10Mbit']) }
      const latency = `${random.int(500)}ms`
      return { do: kind, at, nodes: some, latency, loss: pick(random, [0, 0.01, 0.1]), ...bandwidth, ...lasting }
    }
    case 'churn':
      return { do: kind, at, rate: 5 + random.int(60), down: ms(between(random, 0.1, 8)), for: length }
  }
}

/** Without limits of bandwidth where the load would fill a line. */
function withRoom<T extends Pick<ScenarioInput, 'links' | 'faults'>>(plan: T): T {
  const { nodes, topology, links, load, block, relay, consensus, faults } = parseScenario(plan)
  const limits = [links.bandwidth, ...faults.map((fault) => (fault.do === 'slow' ? fault.bandwidth : undefined))]
  const slowest = Math.min(...limits.map((limit) => (typeof limit === 'number' ? limit : Infinity)))
  const isHub = topology.kind === 'star' || topology.kind === 'small-world' || topology.kind === 'erdos-renyi'
  const connections = isHub ? nodes - 1 : Math.min(nodes - 1, topology.degree)
  const perSecond = load.rate + (1000 * load.perBlock) / block.interval
  // Whole blocks carry all of it once more, and those that are stale again.
  const copies = relay === 'compact' ? 2 : consensus === 'pow' ? 4 : 3
  const bitsPerSecond = 8 * perSecond * (EMPTY_TRANSACTION_BYTES + load.dataBytes) * copies * connections
  if (bitsPerSecond <= slowest * PLAN_LIMITS.lineShareMax) return plan
  const { bandwidth: _, ...others } = plan.links ?? {}
  const withoutLimit = plan.faults?.map((fault) => {
    if (fault.do !== 'slow') return fault
    const { bandwidth: _limit, ...slow } = fault
    return slow
  })
  return { ...plan, links: others, ...(withoutLimit === undefined ? {} : { faults: withoutLimit }) }
}

const EMPTY_TRANSACTION_BYTES = 169

/** The first so many nodes, by edges among themselves. */
function isConnected(honest: number, edges: readonly Edge[]): boolean {
  const reached = new Set([0])
  for (const node of reached) {
    for (const [a, b] of edges) {
      if (a === node && b < honest) reached.add(b)
      if (b === node && a < honest) reached.add(a)
    }
  }
  return reached.size === honest
}

function between(random: Random, min: number, max: number): number {
  return min + random.next() * (max - min)
}

function ms(seconds: number): string {
  return `${Math.round(seconds * 1000)}ms`
}

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.int(items.length)]
  if (item === undefined && !items.includes(item as T)) throw new RangeError('nothing to pick from')
  return item as T
}
