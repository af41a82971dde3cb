// Updates as schemas, for the OpenAPI document. The compiler holds them to the types, which stay the definition.
import { z } from 'zod'
import type { LiveRun, Update } from './types.ts'

const at = z.number()
const node = z.int()
const kind = z.enum(['block', 'transaction'])
const traffic = z.object({
  block: z.int(),
  transaction: z.int(),
  control: z.int(),
  repair: z.int(),
  membership: z.int()
})

const change = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), node, at, state: z.enum(['up', 'paused', 'down']) }),
  z.object({ type: z.literal('head'), node, at, id: z.string(), height: z.int(), abandoned: z.int() }),
  z.object({
    type: z.literal('item'),
    kind,
    id: z.string(),
    origin: node,
    at,
    bytes: z.int(),
    height: z.int().optional(),
    parent: z.string().optional(),
    transactions: z.int().optional()
  }),
  z.object({
    type: z.literal('arrivals'),
    kind,
    id: z.string(),
    at,
    nodes: z.array(node),
    after: z.array(z.number()),
    from: z.array(node),
    via: z.array(z.int())
  }),
  z.object({
    type: z.literal('block'),
    id: z.string(),
    at,
    height: z.int(),
    parent: z.string().optional(),
    transactions: z.int(),
    included: z.array(z.string()).readonly()
  }),
  z.object({
    type: z.literal('link'),
    kind: z.enum(['connection', 'block', 'transaction']),
    node,
    peer: node,
    at,
    on: z.boolean()
  }),
  z.object({
    type: z.literal('round'),
    node,
    peer: node,
    at,
    ours: z.int(),
    theirs: z.int(),
    blocksFetched: z.int(),
    transactionsFetched: z.int(),
    transactionsSent: z.int(),
    transactionsDiffer: z.int().nullable(),
    bytes: z.int(),
    durationMs: z.number(),
    outcome: z.enum(['equal', 'behind', 'ahead', 'failed']),
    code: z.string().optional()
  }),
  z.object({
    type: z.literal('fault'),
    fault: z.enum(['crash', 'stop', 'wipe', 'start', 'pause', 'resume', 'cut', 'partition', 'heal', 'slow', 'restore']),
    at,
    nodes: z.array(node),
    groups: z.array(z.int()).optional()
  }),
  z.object({
    type: z.literal('member'),
    node,
    of: node,
    at,
    change: z.enum(['joined', 'suspected', 'down', 'back', 'left', 'forgotten'])
  }),
  z.object({
    type: z.literal('remark'),
    node,
    at,
    what: z.enum(['rejected', 'banned']),
    of: node,
    code: z.string()
  }),
  z.object({
    type: z.literal('counts'),
    transactions: z.int(),
    included: z.int(),
    duplicates: z.int(),
    rejected: z.int(),
    unfollowed: z.int()
  }),
  z.object({ type: z.literal('sample'), at, sent: traffic })
])

export const liveRun = z
  .object({
    version: z.string(),
    scenario: z.string(),
    seed: z.int(),
    engine: z.enum(['tcp', 'virtual']),
    network: z.string(),
    directory: z.string(),
    startedAt: z.number(),
    state: z.enum(['starting', 'running', 'draining', 'done']),
    nodes: z.array(z.string()).readonly(),
    roles: z.array(z.string().nullable()).readonly().optional(),
    accounts: z.array(z.string()).readonly().optional()
  })
  .meta({ id: 'LiveRun' })

export const liveUpdate = z
  .object({
    seq: z.int(),
    now: z.number(),
    reset: z.literal(true).optional(),
    run: liveRun.optional(),
    changes: z.array(change).readonly()
  })
  .meta({ id: 'Update' })

type Same<A extends B, B> = A
export type UpdatesAgree = Same<Same<Update, z.infer<typeof liveUpdate>>, z.infer<typeof liveUpdate>> &
  Same<z.infer<typeof liveUpdate>, Update> &
  Same<LiveRun, z.infer<typeof liveRun>>
