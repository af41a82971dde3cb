// A scenario: everything that defines a run, whichever engine runs it. Files are YAML; `--set path=value` and the
// short flags write into the same shape.
import { z } from 'zod'
import { faultSchema } from './fault.ts'
import { linksSchema } from './links.ts'
import { durationMs } from './units.ts'

/** Names of the misbehaving roles that a scenario can give to nodes. */
export const MISBEHAVIOURS = [
  'invalid-blocks',
  'garbage-short-ids',
  'garbled-signatures',
  'withholding',
  'bad-signature-spam',
  'oversized-frames',
  'endless-frames',
  'slow-reader',
  'equivocator',
  'silent'
] as const
export type Misbehaviour = (typeof MISBEHAVIOURS)[number]

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
  /** Nodes that misbehave, taken from the end of the list: n1 stays honest as long as anyone does. */
  roles: z.array(z.strictObject({ role: z.enum(MISBEHAVIOURS), nodes: z.int().min(1) })).default([]),
  topology: z
    .strictObject({
      kind: z.enum(['random', 'erdos-renyi', 'small-world', 'star', 'line', 'edges']).default('random'),
      /** Connections per node: exact for `random`, mean for `erdos-renyi`, before rewiring for `small-world`. */
      degree: z.int().min(1).max(50).default(4),
      /** `small-world`: share of edges that are rewired (Watts and Strogatz 1998). */
      rewire: z.number().min(0).max(1).default(0.1),
      /** `edges`: pairs of names, the first dials the second. */
      edges: z.array(z.tuple([z.string(), z.string()])).optional()
    })
    .prefault({}),
  links: linksSchema.prefault({}),
  /** How blocks travel: short ids of transactions, whole blocks, or the textbook's rounds without gossipsub. */
  relay: z.enum(['compact', 'full', 'rounds']).default('compact'),
  gossip: z
    .strictObject({
      /** `tuned`: our settings of gossipsub. `default`: the library's own. */
      profile: z.enum(['tuned', 'default']).default('tuned')
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
        .default(1024 * 1024),
      /** The first so many honest nodes produce; absent: all. */
      producers: z.int().min(0).optional()
    })
    .prefault({}),
  load: z
    .strictObject({
      /** Transactions per second, submitted to random nodes. Fractions are fine. */
      rate: z.number().min(0).max(5000).default(5),
      /** Bytes of data in each transaction. */
      dataBytes: z
        .int()
        .min(0)
        .max(64 * 1024)
        .default(0),
      /** Accounts that send; absent: as many as the rate needs. */
      senders: z.int().min(1).max(10_000).optional(),
      /**
       * Virtual engine: transactions laid into the mempools before each block, without gossip: a network whose mempools
       * are shared to a known degree. Each producer has all of them.
       */
      perBlock: z.int().min(0).max(20_000).default(0),
      /** Share of those that any other node has. */
      shared: z.number().min(0).max(1).default(1)
    })
    .prefault({}),
  /** Virtual engine: what checking costs a node, in virtual time. */
  validation: z.strictObject({ transaction: durationMs.default(0), block: durationMs.default(0) }).prefault({}),
  sync: z
    .strictObject({
      /** Anti-entropy round interval. */
      interval: durationMs.default(2000),
      /** Peers asked each time. */
      fanout: z.int().min(1).max(10).default(1)
    })
    .prefault({}),
  membership: z
    .strictObject({
      interval: durationMs.default(1000),
      /** Members that a node keeps; 0 switches membership off. */
      max: z.int().min(0).max(10_000).default(1000)
    })
    .prefault({}),
  faults: z.array(faultSchema).default([]),
  /** What must hold at the end, one readable line each: `blocks.coverage_ms.t95 < 500`. */
  expect: z.array(z.string()).default([]),
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
  ['links', 'jitter'],
  ['block', 'interval'],
  ['sync', 'interval'],
  ['membership', 'interval'],
  ['validation', 'transaction'],
  ['validation', 'block']
] as const

export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioInput = z.input<typeof scenarioSchema>
