// What a scenario says about links, settled node by node and pair by pair from the run's seed.
import type { Random } from '../runtime/index.ts'
import type { Links } from './links.ts'
import { REGION_MATRICES, type RegionMatrix } from './regions.ts'
import type { Scenario } from './schema.ts'

export interface NodeLink {
  /** Absent without regions. */
  readonly region?: string
  /** bits/s of the access line; `Infinity`: unlimited. */
  readonly upBps: number
  readonly downBps: number
}

export interface LinkPlan {
  /** In the order of the scenario's nodes. */
  readonly nodes: readonly NodeLink[]
  /** One-way delay from `a` to `b`, ms: the same in every call, and in both directions unless the matrix says other. */
  delayMs(a: number, b: number): number
  /** What crosses a link takes up to this much longer, drawn evenly each time. */
  readonly jitterMs: number
  /** Share of packets lost. */
  readonly loss: number
  readonly tcp: Links['tcp']
}

export function assignLinks({ nodes, links }: Pick<Scenario, 'nodes' | 'links'>, random: Random): LinkPlan {
  const matrix = matrixOf(links)
  const weights = matrix?.names.map((name) => links.regions?.weights?.[name] ?? (links.regions?.weights ? 0 : 1)) ?? []
  const regions = matrix === undefined ? [] : spread(nodes, weights, random.fork('regions'))
  const lines = linesOf(links)
  const classes = spread(
    nodes,
    lines.map(({ share }) => share),
    random.fork('bandwidth')
  )
  const { min, max } = links.latency
  const salt = random.fork('delays').int(2 ** 32)
  return {
    nodes: Array.from({ length: nodes }, (_, node) => {
      const region = matrix?.names[regions[node] ?? 0]
      const { up, down } = lines[classes[node] ?? 0] ?? UNLIMITED
      return { ...(region === undefined ? {} : { region }), upBps: up, downBps: down }
    }),
    delayMs:
      matrix === undefined
        ? (a, b) => min + (max - min) * pairDraw(Math.min(a, b), Math.max(a, b), salt)
        : (a, b) => matrix.oneWayMs[regions[a] ?? 0]?.[regions[b] ?? 0] ?? 0,
    jitterMs: links.jitter,
    loss: links.loss,
    tcp: links.tcp
  }
}

/** The matrix that a scenario means; `undefined` without regions. */
function matrixOf({ regions }: Links): RegionMatrix | undefined {
  return typeof regions?.matrix === 'string' ? REGION_MATRICES[regions.matrix] : regions?.matrix
}

const UNLIMITED = { share: 1, up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }

function linesOf({ bandwidth }: Links): readonly { share: number; up: number; down: number }[] {
  if (bandwidth === undefined) return [UNLIMITED]
  return typeof bandwidth === 'number' ? [{ share: 1, up: bandwidth, down: bandwidth }] : bandwidth
}

/**
 * A class for each of `nodes`, in random order. The sizes are `weights` of the whole, rounded so that they add up: what
 * is left over goes to the largest remainders.
 */
export function spread(nodes: number, weights: readonly number[], random: Random): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const exact = weights.map((weight) => (nodes * weight) / total)
  const sizes = exact.map(Math.floor)
  const byRemainder = exact.map((size, at) => ({ at, rest: size % 1 })).sort((a, b) => b.rest - a.rest || a.at - b.at)
  const missing = nodes - sizes.reduce((sum, size) => sum + size, 0)
  for (const { at } of byRemainder.slice(0, missing)) sizes[at] = (sizes[at] ?? 0) + 1
  return random.shuffle(sizes.flatMap((size, at) => Array.from({ length: size }, () => at)))
}

/** Uniform in [0, 1), a function of the pair: nothing to remember for 50 million pairs. Mixing as in MurmurHash3. */
function pairDraw(low: number, high: number, salt: number): number {
  let hash = salt
  for (const word of [low, high]) {
    const mixed = Math.imul(word + 1, 0xcc9e2d51)
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
