// What a run stands on before it has nodes: its seed, its clock, and all that is drawn from the seed.
import type { KeyPair } from '../../crypto/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import {
  type ClockOrigin,
  freshSeed,
  type Random,
  type Runtime,
  realRuntime,
  seededRandom,
  takeClockOrigin
} from '../../runtime/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { testnetGenesis } from '../common/genesis.ts'
import { planRun, type RunPlan } from '../common/plan.ts'

export interface Ground {
  readonly scenario: Scenario
  readonly seed: number
  /** That of the seed; it is not advanced. */
  readonly random: Random
  readonly runtime: Runtime
  readonly origin: ClockOrigin
  readonly startedAt: number
  readonly plan: RunPlan
  readonly genesis: Genesis
  readonly loadKeys: readonly KeyPair[]
}

export function layGround(scenario: Scenario): Ground {
  const origin = takeClockOrigin()
  const seed = scenario.seed ?? freshSeed()
  const runtime = realRuntime({ seed, origin })
  const startedAt = runtime.clock.now()
  const random = seededRandom(seed)
  const plan = planRun(scenario, seed, random)
  const sealers = plan.keys.map(({ publicKey }) => publicKey)
  const { genesis, loadKeys } = testnetGenesis(scenario, sealers, seed, startedAt)
  return { scenario, seed, random, runtime, origin, startedAt, plan, genesis, loadKeys }
}
