// Several runs of one scenario, one seed each: runs.json, schema "starling-runs/1". Every figure as the median over the
// seeds with its interval; what a single run says of itself (its bootstrap over items) says nothing of other seeds.
import { z } from 'zod'
import { figuresOf } from './figures.ts'
import { type MedianInterval, medianInterval, RUN_METHOD } from './resample.ts'
import type { Percentiles, Coverage, Propagation, Report } from './types.ts'

export interface SeedRun {
  readonly seed: number
  /** Of its report.json, below the directory of runs.json. */
  readonly directory: string
  readonly report: Report
}

export interface RunFigure extends MedianInterval {
  /** By run, in the order of the seeds; null where not known. */
  readonly values: readonly (number | null)[]
}

interface ItemSummary {
  readonly published: number
  readonly delivery_ratio: number
  readonly latency_ms: Percentiles
  readonly coverage_ms: Coverage
  readonly over_bound?: { readonly p50: number | null; readonly p99: number | null }
}

export interface RunSummary {
  readonly seed: number
  readonly directory: string
  readonly validity: Report['validity']
  readonly converged: boolean
  readonly blocks: ItemSummary
  readonly transactions: ItemSummary
  readonly expectations: Report['expectations']
}

export interface Runs {
  readonly schema: 'starling-runs/1'
  readonly engine: Report['engine']
  readonly scenario: string
  readonly nodes: number
  /** How median and interval came about. */
  readonly method: string
  readonly runs: readonly RunSummary[]
  /** By path in report.json. */
  readonly figures: Readonly<Record<string, RunFigure>>
  /** In how many runs each held. */
  readonly expectations: readonly { readonly text: string; readonly held: number; readonly runs: number }[]
  /** Of the first run; times of a machine are in the reports of the runs. */
  readonly environment: Report['environment']
  /** Without the seed. */
  readonly config: Report['config']
}

/** `runs` in the order of their seeds, at least one. */
export function buildRuns(runs: readonly SeedRun[]): Runs {
  const [first] = runs
  if (first === undefined) throw new RangeError('no runs')
  const { report } = first
  const { seed: _seed, ...config } = report.config
  const paths = new Set(runs.flatMap((run) => [...figuresOf(run.report).keys()]))
  const columns = runs.map((run) => figuresOf(run.report))
  const figures = [...paths].map((path): [string, RunFigure] => {
    const values = columns.map((column) => column.get(path) ?? null)
    return [path, { ...medianInterval(values.map((value) => value ?? Number.POSITIVE_INFINITY)), values }]
  })
  return {
    schema: 'starling-runs/1',
    engine: report.engine,
    scenario: report.scenario,
    nodes: report.nodes,
    method: RUN_METHOD,
    runs: runs.map(summaryOf),
    figures: Object.fromEntries(figures),
    expectations: report.expectations.map(({ text }, index) => ({
      text,
      held: runs.filter((run) => run.report.expectations[index]?.held === true).length,
      runs: runs.length
    })),
    environment: report.environment,
    config
  }
}

function summaryOf({ seed, directory, report }: SeedRun): RunSummary {
  return {
    seed,
    directory,
    validity: report.validity,
    converged: report.consistency.converged,
    blocks: itemSummary(report.blocks),
    transactions: itemSummary(report.transactions),
    expectations: report.expectations
  }
}

function itemSummary({ published, delivery_ratio, latency_ms, coverage_ms, over_bound }: Propagation): ItemSummary {
  return {
    published,
    delivery_ratio,
    latency_ms,
    coverage_ms,
    ...(over_bound === undefined ? {} : { over_bound })
  }
}

const nullable = z.number().nullable()
const figure = z.looseObject({
  median: nullable,
  interval: z.tuple([nullable, nullable]),
  confidence: z.number(),
  n: z.number(),
  values: z.array(nullable)
})
const items = z.looseObject({
  published: z.number(),
  delivery_ratio: z.number(),
  latency_ms: z.looseObject({
    p50: nullable,
    p90: nullable,
    p95: nullable,
    p99: nullable,
    max: nullable,
    n: z.number()
  }),
  coverage_ms: z.looseObject({ t50: nullable, t90: nullable, t95: nullable, t99: nullable, t100: nullable }),
  over_bound: z.looseObject({ p50: nullable, p99: nullable }).optional()
})

export const runsSchema: z.ZodType<Runs> = z.looseObject({
  schema: z.literal('starling-runs/1'),
  engine: z.enum(['tcp', 'virtual']),
  scenario: z.string(),
  nodes: z.number(),
  method: z.string(),
  runs: z
    .array(
      z.looseObject({
        seed: z.number(),
        directory: z.string(),
        validity: z.looseObject({ ok: z.boolean(), reasons: z.array(z.string()) }),
        converged: z.boolean(),
        blocks: items,
        transactions: items,
        expectations: z.array(
          z.looseObject({ text: z.string(), held: z.boolean(), value: nullable, reason: z.string().optional() })
        )
      })
    )
    .min(1),
  figures: z.record(z.string(), figure),
  expectations: z.array(z.looseObject({ text: z.string(), held: z.number(), runs: z.number() })),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  config: z.record(z.string(), z.unknown())
})
