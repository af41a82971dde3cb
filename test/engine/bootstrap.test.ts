// The scenario kill-bootstrap with everything earlier and less load: what it expects holds because of membership.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { type ScenarioInput, simulate } from '../../src/index.ts'

const FILE = new URL('../../testnet/kill-bootstrap.yaml', import.meta.url)

async function run(membership: ScenarioInput['membership']) {
  const scenario = parse(readFileSync(FILE, 'utf8')) as ScenarioInput
  const faults = scenario.faults?.map((fault, i) => ({ ...fault, at: `${[4, 9, 13][i]}s` })) as ScenarioInput['faults']
  return simulate({ ...scenario, faults, membership, seed: 7, duration: '20s', load: { rate: 1 } })
}

describe('a network whose only bootstrap node is killed', function () {
  this.timeout(60_000)

  it('goes on and takes newcomers with addresses from membership, also after a third of the rest is gone', async () => {
    const { report } = await run({})
    const expectations = report.expectations ?? []
    equal(report.validity.ok, true, report.validity.reasons.join())
    equal(expectations.length, 3)
    deepEqual(
      expectations.filter(({ held }) => !held),
      []
    )
    deepEqual(
      report.faults?.map(({ kind, nodes }) => [kind, nodes?.length]),
      [
        ['crash', 1],
        ['start', 1],
        ['crash', 4]
      ]
    )
  })

  it('falls apart without membership', async () => {
    const { report } = await run({ max: 0 })
    const expectations = report.expectations ?? []
    deepEqual(
      expectations.map(({ held }) => held),
      [false, false, false]
    )
    ok(report.consistency.tips > 5, `${report.consistency.tips} tips`)
  })
})
