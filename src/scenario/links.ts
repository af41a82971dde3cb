// The links of a scenario: delay, jitter, loss and bandwidth. Both engines shape by the same figures.
import { z } from 'zod'
import { bitRate, durationMs, rangeMs } from './units.ts'

/** A share of the nodes with the same access line. */
const bandwidthClass = z.strictObject({
  /** Of all nodes; shares add up to 1. */
  share: z.number().min(0).max(1),
  up: bitRate,
  down: bitRate
})

const matrix = z.strictObject({
  names: z.array(z.string()).min(1).max(64),
  /** One-way delay from row to column, ms. */
  oneWayMs: z.array(z.array(z.number().min(0).max(10_000)))
})

export const linksSchema = z.strictObject({
  /** One-way delay, drawn once for each connection from the range: `50ms`, `40ms..130ms`. Not used with `regions`. */
  latency: rangeMs.prefault('0ms'),
  /** What crosses a link is delayed by up to this much more, drawn evenly each time; the order is kept. */
  jitter: durationMs.default(0),
  /** Share of packets lost; a lost one costs a retransmission's wait. */
  loss: z.number().min(0).max(0.5).default(0),
  /** Access lines, shared fairly by a node's connections: one rate for all (`50Mbit`), or classes. Absent: unlimited. */
  bandwidth: z.union([bitRate, z.array(bandwidthClass).min(1)]).optional(),
  /** `fluid`: a connection uses its share at once. `slow_start`: after idling it starts with ten segments a round trip. */
  tcp: z.enum(['fluid', 'slow_start']).default('fluid'),
  /** Where nodes are: a matrix that comes with Starling, by name, or one of your own. Absent: nowhere in particular. */
  regions: z
    .strictObject({
      matrix: z.union([z.string(), matrix]),
      /** Weight of each region when nodes are spread; absent: equal. */
      weights: z.record(z.string(), z.number().min(0)).optional()
    })
    .optional()
})

export type Links = z.infer<typeof linksSchema>
