// A scenario: everything that defines a run, whichever engine runs it. Files are YAML; `--set path=value` and the
// short flags write into the same shape.
import { z } from 'zod'
import { durationMs } from './units.ts'

export const scenarioSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lowercase letters, digits and dashes')
    .default('local'),
  /** Everything random in the run is drawn from it. Absent: a fresh one, printed. */
  seed: z.int().min(0).max(0xffffffff).optional(),
  /** Time of load and production, from the moment the network is meshed; absent: until stopped. */
  duration: durationMs.optional(),
  nodes: z.int().min(1).max(10_000).default(10),
  nodesPerProcess: z.int().min(1).max(100).optional(),
  topology: z
    .strictObject({
      /** Connections per node of the random graph. */
      degree: z.int().min(1).max(50).default(4)
    })
    .prefault({}),
  links: z
    .strictObject({
      /** Constant one-way delay that the transport adds. */
      latency: durationMs.default(0)
    })
    .prefault({}),
  consensus: z.enum(['pow', 'authority']).default('pow'),
  block: z
    .strictObject({
      interval: durationMs.default(3000),
      maxBytes: z
        .int()
        .min(1024)
        .max(2 * 1024 * 1024)
        .default(1024 * 1024)
    })
    .prefault({}),
  load: z
    .strictObject({
      /** Transactions per second, submitted to random nodes. */
      rate: z.number().min(0).max(5000).default(5),
      /** Bytes of data in each transaction. */
      dataBytes: z
        .int()
        .min(0)
        .max(64 * 1024)
        .default(0)
    })
    .prefault({}),
  sync: z
    .strictObject({
      /** Anti-entropy round interval. */
      interval: durationMs.default(2000)
    })
    .prefault({}),
  mining: z
    .strictObject({
      /** Hashes per second of each miner. */
      hashRate: z.int().min(1).max(1_000_000).default(500)
    })
    .prefault({})
})

/** The fields that are durations: text with a unit in files, milliseconds in code. */
export const DURATION_FIELDS = [
  ['duration'],
  ['links', 'latency'],
  ['block', 'interval'],
  ['sync', 'interval']
] as const

export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioInput = z.input<typeof scenarioSchema>
