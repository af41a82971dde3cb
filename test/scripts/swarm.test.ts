// A few seeds of `npm run swarm`, which does a hundred.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { breakNames } from '../../scripts/swarm/breaks.ts'
import { healPlanOf, PLAN_LIMITS, planOf } from '../../scripts/swarm/plan.ts'
import { type RunResult, runSeed, runSwarm } from '../../scripts/swarm/run.ts'
import { formatScenario, loadScenario } from '../../src/scenario/index.ts'

const FIRST = 6
const SEEDS = 2

describe('a seed of the swarm', () => {
  it('is a whole plan within its bounds, and a scenario file', () => {
    for (let seed = 0; seed < 60; seed++) {
      const plan = planOf(seed)
      deepEqual(planOf(seed), plan)
      deepEqual(loadScenario({ file: { name: 'plan', text: formatScenario(plan) } }), plan)
      ok(plan.nodes >= PLAN_LIMITS.nodesMin && plan.nodes <= PLAN_LIMITS.nodesMax)
      ok((plan.duration ?? Infinity) <= 1000 * PLAN_LIMITS.secondsMax)
      ok(plan.faults.length <= PLAN_LIMITS.faultsMax)
      ok(healPlanOf(seed).productionMs <= 10_000)
    }
  })

  it(`keeps its network safe, and heals it (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, async function () {
    this.timeout(180_000)
    this.slow(15_000)
    const onResult = ({ seed, violation }: RunResult): void => deepEqual(violation, undefined, `seed ${seed}`)
    const results = await runSwarm({ first: FIRST, seeds: SEEDS, verbose: false, atATime: 2, onResult })
    deepEqual(
      results.map(({ seed }) => seed),
      [6, 7]
    )
    for (const { seed, blocks, heads } of results) ok(blocks > 5 && heads > blocks, `seed ${seed} did nothing`)
    const [first] = results
    const again = await runSeed({ seed: FIRST, verbose: false })
    deepEqual(again, first)
    ok(again.traceHash !== undefined)
  })

  it('notices money from nowhere', async function () {
    this.timeout(120_000)
    this.slow(10_000)
    ok(breakNames.includes('extra-reward'))
    const { violation } = await runSeed({ seed: FIRST, breaks: 'extra-reward', verbose: false })
    equal(violation?.rule, 'balances')
    deepEqual([violation?.phase, violation?.node], ['faults', 'n2'])
  })
})
