// What checking costs a node in virtual time: one processor, one thing after another. The checks themselves take none,
// and their verdicts are those of the real ones.
import type { Runtime } from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import type { Scheduler } from './scheduler.ts'

/** The same runtime, in which transactions and blocks take their time to check. */
export function withLabour(runtime: Runtime, scheduler: Scheduler, costs: Scenario['validation']): Runtime {
  if (costs.transaction === 0 && costs.block === 0) return runtime
  let busyUntil = 0
  const work = (ms: number): Promise<void> => {
    busyUntil = Math.max(busyUntil, scheduler.now) + ms
    // By its own timers: a process that stands still does not work.
    return new Promise((resolve) => void timers.after(busyUntil - scheduler.now, resolve))
  }
  const { verifier, timers } = runtime
  return {
    ...runtime,
    blockChecked: () => work(costs.block),
    verifier: {
      // Seals are part of the cost of a block.
      verify: (check, urgent) => verifier.verify(check, urgent),
      verifyAll: async (checks, urgent) => {
        await work(checks.length * costs.transaction)
        return verifier.verifyAll(checks, urgent)
      }
    }
  }
}
