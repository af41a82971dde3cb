// A seed's run on this thread: the world, under the swarm's rules.
import type { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { runWorld } from '../../src/engine/virtual/world.ts'
import { sabotageOf } from './breaks.ts'
import { healPlanOf, planOf } from './plan.ts'
import { SwarmRules, stackOf } from './rules.ts'
import type { RunOrder, RunResult } from './run.ts'
import { Violation } from './violation.ts'

export async function runHere(scheduler: Scheduler, order: RunOrder): Promise<RunResult> {
  const { seed, breaks, verbose } = order
  const scenario = planOf(seed)
  const startedAt = scheduler.now
  const sabotage = breaks === undefined ? undefined : sabotageOf(breaks)
  const rules = new SwarmRules({ heal: healPlanOf(seed), sabotage, keepTail: verbose })
  const onUnhandled = (error: unknown): void => rules.onUnhandled(error)
  process.on('unhandledRejection', onUnhandled)
  process.on('uncaughtException', onUnhandled)
  const result = (): Omit<RunResult, 'traceHash'> => ({
    seed,
    nodes: scenario.nodes,
    faults: scenario.faults.length,
    virtualMs: Math.round(scheduler.now - startedAt),
    ...rules.counters,
    tail: rules.tail
  })
  try {
    const durationMs = scenario.duration ?? 0
    const init = { scenario, seed, durationMs, trace: 'hash', onProgress: () => {}, watch: rules } as const
    const { report } = await runWorld(scheduler, init)
    return { ...result(), traceHash: String(report.environment.trace_sha256) }
  } catch (error) {
    const violation =
      error instanceof Violation
        ? error.init
        : ({
            rule: 'no-failure',
            phase: 'faults',
            node: undefined,
            atMs: Math.round(scheduler.now - startedAt),
            what: `the simulation failed: ${stackOf(error)}`
          } as const)
    return { ...result(), violation }
  }
}
