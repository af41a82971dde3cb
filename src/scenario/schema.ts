// A scenario: everything that defines a run, whichever engine runs it. Files are YAML; `--set path=value` and the
// short flags write into the same shape. The descriptions are what editors and docs/scenarios.md show; what no single
// field can say is in checks.ts.
import { z } from 'zod'
import { NODES_MAX } from '../config/index.ts'
import { faultSchema } from './fault.ts'
import { linksSchema } from './links.ts'
import { nodeName } from './names.ts'
import { durationMs, share } from './units.ts'

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

/** Rounds alone must carry everything: one peer every two seconds, as for repair, never reaches all between two blocks. */
export const ROUNDS_SYNC = { interval: 500, fanout: 3 } as const

export const scenarioSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lowercase letters, digits and dashes')
    .describe('What the run is called. Absent: as its file.')
    .default('local'),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .describe('Everything random in the run is drawn from it. Absent: a fresh one, printed.')
    .optional(),
  duration: durationMs
    .describe('Time of load and production, from the moment the network is meshed. Absent: until stopped.')
    .optional(),
  nodes: z.int().min(1).max(NODES_MAX).describe('Nodes, called n1, n2, … The tcp engine takes up to 200.').default(10),
  nodesPerProcess: z
    .int()
    .min(1)
    .max(100)
    .describe('tcp engine: nodes in one process. Absent: the default of the engine.')
    .optional(),
  roles: z
    .array(
      z.strictObject({
        role: z.enum(MISBEHAVIOURS).describe('How they misbehave.'),
        nodes: z.int().min(1).describe('How many nodes.')
      })
    )
    .max(MISBEHAVIOURS.length)
    .describe('Nodes that misbehave, taken from the end of the list: n1 stays honest.')
    .default([]),
  topology: z
    .strictObject({
      kind: z
        .enum(['random', 'erdos-renyi', 'small-world', 'star', 'line', 'edges'])
        .describe('Who dials whom at the start. Every graph is connected.')
        .default('random'),
      degree: z
        .int()
        .min(1)
        .max(50)
        .describe(
          'Connections per node: exact for `random` (two at the least), mean for `erdos-renyi`, before rewiring for `small-world`.'
        )
        .default(4),
      rewire: share()
        .describe('`small-world`: share of the edges that are rewired (Watts and Strogatz 1998).')
        .default(0.1),
      edges: z
        .array(z.tuple([nodeName, nodeName]))
        .max(250_000)
        .describe('`edges`: pairs of names, the first dials the second.')
        .optional()
    })
    .describe('The graph of the network.')
    .prefault({}),
  peers: z
    .enum(['static', 'managed'])
    .describe(
      '`static`: nodes keep to the edges of the topology. `managed`: each knows the address of the first node that is ' +
        'there at the start (who joins later: of the first two), learns others from membership, and dials ' +
        '`topology.degree` of its own choice.'
    )
    .default('static'),
  links: linksSchema.describe('Delay, loss and bandwidth.').prefault({}),
  relay: z
    .enum(['compact', 'full', 'rounds'])
    .describe(
      "How blocks travel: short ids of transactions, whole blocks, or the textbook's rounds of random peers without gossipsub."
    )
    .default('compact'),
  gossip: z
    .strictObject({
      profile: z
        .enum(['tuned', 'default'])
        .describe("`tuned`: our settings of gossipsub. `default`: the library's own.")
        .default('tuned')
    })
    .describe('Settings of gossipsub.')
    .prefault({}),
  consensus: z.enum(['pow', 'authority']).describe('Proof of work, or sealers who take turns.').default('pow'),
  block: z
    .strictObject({
      interval: durationMs
        .describe('Time between blocks: the mean for proof of work, exact for authority.')
        .default(3000),
      maxBytes: z
        .int()
        .min(1024)
        .max(2 * 1024 * 1024)
        .describe('Largest block.')
        .default(1024 * 1024),
      producers: z.int().min(0).describe('The first so many honest nodes produce. Absent: all.').optional()
    })
    .describe('Blocks.')
    .prefault({}),
  load: z
    .strictObject({
      rate: z
        .number()
        .min(0)
        .max(5000)
        .describe('Transactions per second, submitted to random nodes. Fractions are fine.')
        .default(5),
      dataBytes: z
        .int()
        .min(0)
        .max(64 * 1024)
        .describe('Bytes of data in each transaction, on top of its 169.')
        .default(0),
      senders: z.int().min(1).max(10_000).describe('Accounts that send. Absent: as many as the rate needs.').optional(),
      perBlock: z
        .int()
        .min(0)
        .max(20_000)
        .describe(
          'Virtual engine: transactions laid into the mempools before each block, without gossip: a network whose mempools ' +
            'are shared to a known degree. Each producer has all of them.'
        )
        .default(0),
      shared: share().describe('Share of those that any other node has.').default(1)
    })
    .describe('Transactions.')
    .prefault({}),
  validation: z
    .strictObject({
      transaction: durationMs.describe('For each transaction.').default(0),
      block: durationMs.describe('For each block.').default(0)
    })
    .describe('Virtual engine: what checking costs a node, in virtual time.')
    .prefault({}),
  sync: z
    .strictObject({
      interval: durationMs
        .describe('Time between anti-entropy rounds; with `relay: rounds`, the length of a round, 500ms by default.')
        .default(2000),
      fanout: z.int().min(1).max(10).describe('Peers asked each time; 3 by default with `relay: rounds`.').default(1)
    })
    .describe('Anti-entropy: what repairs what gossip missed.')
    .prefault({}),
  membership: z
    .strictObject({
      interval: durationMs.describe('Time between exchanges.').default(1000),
      max: z.int().min(0).max(10_000).describe('Members that a node keeps; 0 switches membership off.').default(1000)
    })
    .describe('Who is in the network.')
    .prefault({}),
  faults: z.array(faultSchema).max(1000).describe('What goes wrong, and when.').default([]),
  expect: z
    .array(z.string())
    .max(100)
    .describe('What must hold at the end, one readable line each, such as `blocks.coverage_ms.t95 < 500`.')
    .default([]),
  mining: z
    .strictObject({
      hashRate: z.int().min(1).max(1_000_000).describe('Hashes per second of each miner.').default(500)
    })
    .describe('Proof of work.')
    .prefault({})
})

export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioInput = z.input<typeof scenarioSchema>
