// What the links of a run are: every node's access line and every pair's delay, drawn from the seed.
import type { Random } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'

export interface LinkPlan {
  /** bits/s of each node; Infinity: unlimited. */
  readonly upBps: readonly number[]
  readonly downBps: readonly number[]
  /** One-way delay between two nodes, ms; the same whoever asks and whenever. */
  readonly delay: (a: number, b: number) => number
}

export function planLinks({ nodes, links }: Scenario, random: Random): LinkPlan {
  const { bandwidth = Infinity, latency } = links
  const classes = typeof bandwidth === 'number' ? [{ share: 1, up: bandwidth, down: bandwidth }] : bandwidth
  const lines = random
    .fork('bandwidth')
    .shuffle(classes.flatMap(({ share, ...line }) => Array.from({ length: Math.round(share * nodes) }, () => line)))
  const lineOf = (node: number) => lines[node] ?? classes[0]
  return {
    upBps: Array.from({ length: nodes }, (_, node) => lineOf(node)?.up ?? Infinity),
    downBps: Array.from({ length: nodes }, (_, node) => lineOf(node)?.down ?? Infinity),
    delay: (a, b) => {
      if (latency.min === latency.max) return latency.min
      return latency.min + (latency.max - latency.min) * random.fork(`${Math.min(a, b)}-${Math.max(a, b)}`).next()
    }
  }
}
