// The links of a scenario: delay, jitter, loss and bandwidth. Both engines shape by the same figures.
import { z } from 'zod'
import { REGION_MATRICES } from './regions.ts'
import { bitRate, durationMs, rangeMs, share } from './units.ts'

/** Of which nothing gets through any more in sensible time. */
export const LOSS_MAX = 0.5

const bandwidthClass = z.strictObject({
  share: share().describe('Of all nodes; the shares add up to 1.'),
  up: bitRate.describe('What its nodes can send.'),
  down: bitRate.describe('What its nodes can receive.')
})

const matrix = z.strictObject({
  names: z.array(z.string()).min(1).max(64).describe('Names of the regions.'),
  oneWayMs: z.array(z.array(z.number().min(0).max(10_000))).describe('One-way delay from row to column, ms.')
})

export const linksSchema = z.strictObject({
  latency: rangeMs
    .describe('One-way delay, drawn once for each pair of nodes from the range. Not used with `regions`.')
    .prefault('0ms'),
  jitter: durationMs
    .describe('What crosses a link is delayed by up to this much more, drawn evenly each time; the order is kept.')
    .default(0),
  loss: share(LOSS_MAX).describe("Share of packets lost; a lost one costs a retransmission's wait.").default(0),
  bandwidth: z
    .union([bitRate, z.array(bandwidthClass).min(1).max(100)])
    .describe(
      "Access lines, shared fairly by a node's connections: one rate for all (`50Mbit`), or classes. Absent: unlimited."
    )
    .optional(),
  tcp: z
    .enum(['fluid', 'slow_start'])
    .describe(
      '`fluid`: a connection uses its share at once. `slow_start`: after idling it starts with ten segments a round trip.'
    )
    .default('fluid'),
  regions: z
    .strictObject({
      matrix: z
        .union([z.string(), matrix])
        .describe(`A matrix that comes with Starling (\`${Object.keys(REGION_MATRICES).join('`, `')}\`), or your own.`),
      weights: z
        .record(z.string(), z.number().min(0))
        .describe('Weight of each region when nodes are spread; who is not named gets nobody. Absent: equal.')
        .optional()
    })
    .describe('Where nodes are. Absent: nowhere in particular.')
    .optional()
})

export type Links = z.infer<typeof linksSchema>

/** The longest one-way delay that a link adds, ms; 0 where none adds any. */
export function longestDelayMs({ latency, jitter, regions }: Links): number {
  if (regions === undefined) return latency.max + jitter
  const matrix = typeof regions.matrix === 'string' ? REGION_MATRICES[regions.matrix] : regions.matrix
  return Math.max(0, ...(matrix?.oneWayMs.flat() ?? [])) + jitter
}
