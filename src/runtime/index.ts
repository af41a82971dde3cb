// The machine: time, timers, chance, signature checks off the loop, logs. The only room that may touch the originals.
import { type ClockOrigin, realClock, runClock } from './clock.ts'
import { noInterner } from './interner.ts'
import { silentLogger } from './logger.ts'
import { freshSeed, realEntropy, seededRandom } from './random.ts'
import { realTimers, realYield } from './timers.ts'
import type { Logger, Runtime, Verifier } from './types.ts'
import { PoolVerifier } from './verifier.ts'

export type { ClockOrigin } from './clock.ts'
export { realClock, runClock, takeClockOrigin } from './clock.ts'
export { noInterner, SharedInterner } from './interner.ts'
export { silentLogger, stderrLogger } from './logger.ts'
export type { LoopLag } from './loop-lag.ts'
export { measureLoopLag } from './loop-lag.ts'
export { RecentMap } from './recent-map.ts'
export { freshSeed, realEntropy, seededRandom } from './random.ts'
export { takeOverGlobals } from './take-over.ts'
export { sizeThreadPool } from './thread-pool.ts'
export { realTimers, realTurns, realYield, TimeoutError, timersFrom } from './timers.ts'
export { importPublicKey } from './public-key.ts'
export { isSmallOrder } from './small-order.ts'
export type * from './types.ts'
export { PoolVerifier } from './verifier.ts'
export { commit, dependencies, version } from './version.ts'

export interface RealRuntimeInit {
  /** Seed of `random`; fresh when absent. */
  readonly seed?: string | number
  /** Of a run of several processes. Absent: a node for itself, whose clock follows the wall clock. */
  readonly origin?: ClockOrigin
  readonly logger?: Logger
  /** Share one verifier among the nodes of a process, so that "in flight" is bounded once. */
  readonly verifier?: Verifier
}

/** The runtime of a node on real sockets and wall-clock time. */
export function realRuntime(init: RealRuntimeInit = {}): Runtime {
  return {
    clock: init.origin === undefined ? realClock() : runClock(init.origin),
    timers: realTimers,
    random: seededRandom(init.seed ?? freshSeed()),
    entropy: realEntropy,
    verifier: init.verifier ?? new PoolVerifier(),
    logger: init.logger ?? silentLogger,
    interner: noInterner,
    yield: realYield
  }
}
