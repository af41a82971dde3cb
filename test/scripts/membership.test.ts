// npm run membership, shortened, in virtual time: what it finds holds however busy this machine is.
import { deepEqual } from 'node:assert/strict'
import { runMembership } from '../../scripts/membership/runs.ts'

describe('npm run membership', function () {
  this.timeout(180_000)

  it('finds in virtual time all that is said of twenty nodes, of whom three are killed and one leaves', async () => {
    const { findings } = await runMembership('virtual', 7, { killed: 10, started: 35, leaves: 42, duration: 48 })
    deepEqual(
      findings.filter(({ held }) => !held),
      []
    )
  })
})
