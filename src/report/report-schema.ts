// The shape of report.json as a check for files that come from disk: another version, a torn copy, an edited file.
// Fields it does not know are kept, so that a reader of today understands a report of tomorrow.
import { z } from 'zod'
import { NODES_MAX } from '../config/index.ts'
import type { Report } from './types.ts'

const count = z.number().min(0)
const ms = z.number().nullable()
const percentiles = z.looseObject({ p50: ms, p90: ms, p95: ms, p99: ms, max: ms, n: count })
const bytesByKind = { block: count, transaction: count, control: count, repair: count, membership: count }

const group = { p50: ms, p95: ms, p99: ms, n: count }
const interval = z.tuple([ms, ms])
const intervals = z.looseObject({
  method: z.string(),
  latency_ms: z.looseObject({ p50: interval, p95: interval, p99: interval }),
  coverage_ms: z.looseObject({ t50: interval, t95: interval, t99: interval })
})

const propagation = z.looseObject({
  published: count,
  eligible: count,
  delivered: count,
  delivery_ratio: z.number().min(0).max(1),
  delivered_by: z.looseObject({ gossip: count, requested: count, repair: count }),
  latency_ms: percentiles,
  coverage_ms: z.looseObject({ t50: ms, t90: ms, t95: ms, t99: ms, t100: ms }),
  rounds: z.looseObject({ t50: ms, t95: ms, t100: ms, log2_n: count, log_n: count }).optional(),
  heard_ms: percentiles,
  imported_ms: percentiles.optional(),
  duplicates_per_delivery: count,
  compact: z
    .looseObject({
      rebuilt_share: z.number().min(0).max(1),
      missing_per_block: count,
      requests_hedged: count,
      full_fetched: count
    })
    .optional(),
  hops: z.looseObject({ p50: ms, max: ms }),
  over_bound: z.looseObject({ p50: ms, p99: ms }).optional(),
  by_hop: z.array(z.looseObject({ ...group, hops: count })).optional(),
  by_region: z.array(z.looseObject({ ...group, region: z.string(), delivery_ratio: count })).optional(),
  intervals: intervals.optional()
})

export const reportSchema: z.ZodType<Report> = z.looseObject({
  schema: z.literal('starling-report/1'),
  engine: z.enum(['tcp', 'virtual']),
  scenario: z.string(),
  seed: z.number(),
  nodes: z.int().min(0).max(NODES_MAX),
  duration_s: count,
  warmup_s: count,
  drain_s: count,
  validity: z.looseObject({ ok: z.boolean(), reasons: z.array(z.string()) }),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  config: z.record(z.string(), z.unknown()),
  blocks: propagation,
  transactions: propagation,
  consistency: z.looseObject({
    converged: z.boolean(),
    tips: count,
    height: count,
    stale_blocks: count,
    stale_rate: count,
    max_reorg_depth: count,
    share_of_time_agreed: z.number().min(0).max(1),
    longest_disagreement_s: count
  }),
  traffic: z
    .looseObject({
      bytes_sent: count,
      bytes_sent_per_node: count,
      control_share: z.number().min(0).max(1),
      by_kind: z.looseObject(bytesByKind)
    })
    .optional(),
  repair: z.looseObject({ rounds: count, blocks_fetched: count, transactions_fetched: count, bytes: count }),
  faults: z
    .array(
      z.looseObject({
        at_s: z.number(),
        kind: z.string(),
        nodes: z.array(z.string()),
        more_nodes: count.optional(),
        groups: z.array(z.array(z.string())).optional(),
        note: z.string().optional()
      })
    )
    .optional(),
  expectations: z.array(
    z.looseObject({ text: z.string(), held: z.boolean(), value: z.number().nullable(), reason: z.string().optional() })
  )
})
