// The events of the trace as schemas, for the OpenAPI document and the `types` parameter. The compiler holds them to
// the types in trace/, which stay the definition.
import { z } from 'zod'
import type { NamedEvent, NodeEvent, NodeEventType } from '../trace/index.ts'

const at = z.number().describe('Milliseconds since 1970, with fractions.')
const kind = z.enum(['block', 'transaction'])
const tip = z.object({ height: z.int(), hash: z.string(), work: z.string() })

const published = z.object({
  at,
  type: z.literal('published'),
  kind,
  id: z.string(),
  bytes: z.int(),
  wireBytes: z.int().optional(),
  parent: z.string().optional(),
  height: z.int().optional(),
  transactions: z.int().optional()
})
const heard = z.object({ at, type: z.literal('heard'), kind, id: z.string(), from: z.string() })
const delivered = z.object({
  at,
  type: z.literal('delivered'),
  kind,
  id: z.string(),
  via: z.enum(['own', 'gossip', 'requested', 'repair']),
  from: z.string().optional(),
  block: z.string().optional(),
  height: z.int().optional()
})
const duplicate = z.object({ at, type: z.literal('duplicate'), kind, id: z.string(), from: z.string() })
const rebuilt = z.object({
  at,
  type: z.literal('rebuilt'),
  id: z.string(),
  transactions: z.int(),
  missing: z.int(),
  hedged: z.boolean(),
  full: z.boolean()
})
const validated = z.object({
  at,
  type: z.literal('validated'),
  kind,
  id: z.string().optional(),
  transactions: z.int(),
  durationMs: z.number()
})
const imported = z.object({
  at,
  type: z.literal('imported'),
  id: z.string(),
  parent: z.string(),
  height: z.int(),
  transactions: z.array(z.string()).readonly()
})
const rejected = z.object({
  at,
  type: z.literal('rejected'),
  kind: z.enum(['block', 'transaction', 'message']),
  id: z.string().optional(),
  from: z.string().optional(),
  code: z.string()
})
const head = z.object({
  at,
  type: z.literal('head'),
  hash: z.string(),
  height: z.int(),
  work: z.string(),
  abandoned: z.int()
})
const peer = z.object({ at, type: z.literal('peer'), state: z.enum(['connected', 'disconnected']), peer: z.string() })
const banned = z.object({ at, type: z.literal('banned'), peer: z.string(), reason: z.string(), until: z.number() })
const mesh = z.object({
  at,
  type: z.literal('mesh'),
  change: z.enum(['graft', 'prune']),
  topic: z.string(),
  peer: z.string()
})
const request = z.object({
  at,
  type: z.literal('request'),
  protocol: z.string(),
  peer: z.string(),
  bytes: z.int(),
  durationMs: z.number(),
  outcome: z.enum(['answered', 'failed']),
  code: z.string().optional()
})
const sync = z.object({
  at,
  type: z.literal('sync'),
  peer: z.string(),
  ours: tip,
  theirs: tip,
  blocksFetched: z.int(),
  transactionsFetched: z.int(),
  transactionsSent: z.int(),
  transactionsDiffer: z.int().nullable(),
  bytes: z.int(),
  durationMs: z.number(),
  outcome: z.enum(['equal', 'behind', 'ahead', 'failed']),
  code: z.string().optional()
})

const member = z.object({
  at,
  type: z.literal('member'),
  change: z
    .enum(['joined', 'suspected', 'down', 'back', 'left', 'forgotten'])
    .describe('What this node makes of a member: its own view, told to nobody. `forgotten`: no longer kept.'),
  peer: z.string()
})

const events = [
  published,
  heard,
  delivered,
  duplicate,
  rebuilt,
  validated,
  imported,
  rejected,
  head,
  peer,
  banned,
  mesh,
  request,
  sync,
  member
] as const
const named = z.object({ node: z.string() })

export const nodeEvent = z.discriminatedUnion('type', events).meta({ id: 'NodeEvent' })
const fault = z.object({
  at,
  type: z.literal('fault'),
  fault: z.enum(['crash', 'stop', 'wipe', 'start', 'pause', 'resume', 'cut', 'partition', 'heal', 'slow', 'restore']),
  group: z.int().optional()
})
export const namedEvent = z
  .intersection(z.discriminatedUnion('type', [...events, fault]), named)
  .meta({ id: 'NamedEvent' })

export const NODE_EVENT_TYPES = events.map((event) => event.shape.type.value) as [NodeEventType, ...NodeEventType[]]
export const NAMED_EVENT_TYPES = [...NODE_EVENT_TYPES, 'fault'] as [NamedEvent['type'], ...NamedEvent['type'][]]

type Same<A extends B, B> = A
/** Each type of the trace has its schema, and no schema has another. */
export type EventsAgree = Same<Same<NodeEvent, z.infer<typeof nodeEvent>>, z.infer<typeof nodeEvent>> &
  Same<z.infer<typeof nodeEvent>, NodeEvent> &
  Same<Same<NamedEvent, z.infer<typeof namedEvent>>, z.infer<typeof namedEvent>>
