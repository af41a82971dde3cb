// A few rounds of `npm run test:crash`, which does 200.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCrashes } from '../../scripts/crash/harness.ts'

const ROUNDS = 10
const SEED = 'crash-1'

describe('a node that mines and syncs', () => {
  it(`loses nothing that it acknowledged, killed at ${ROUNDS} random moments (seed ${SEED})`, async function () {
    this.timeout(ROUNDS * 30_000)
    this.slow(15_000)
    const directory = mkdtempSync(join(tmpdir(), 'starling-crash-'))
    try {
      const result = await runCrashes({ rounds: ROUNDS, seed: SEED, directory })
      assert.deepEqual(result.problems, [], `round ${result.rounds}`)
      assert.ok(result.transactionsAcknowledged > ROUNDS && result.headsAcknowledged > 0, 'the node was at work')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
