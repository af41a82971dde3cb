import { equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Report, runTestnet, type ScenarioInput, simulate } from '../../src/index.ts'

const SCENARIO: ScenarioInput = {
  seed: 3,
  nodes: 8,
  nodesPerProcess: 8,
  duration: '4s',
  consensus: 'authority',
  block: { interval: '500ms', producers: 2 },
  load: { rate: 5 },
  links: { latency: '5ms' },
  roles: [
    { role: 'bad-signature-spam', nodes: 1 },
    { role: 'invalid-blocks', nodes: 1 }
  ]
}

/** Honest nodes lose nothing; what the others do is refused, and not part of the figures. */
function judge({ blocks, transactions, consistency, validity }: Report): void {
  equal(validity.ok, true, validity.reasons.join('; '))
  equal(blocks.delivery_ratio, 1)
  equal(transactions.delivery_ratio, 1)
  equal(consistency.converged, true)
  ok(blocks.published >= 2)
  equal(blocks.eligible, blocks.published * 5, 'six honest nodes')
}

describe('nodes that misbehave, as a scenario names them', () => {
  it('do no harm in virtual time', async () => {
    const { report } = await simulate(SCENARIO)
    judge(report)
  })

  it('do no harm on sockets', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'starling-roles-'))
    try {
      let told = ''
      const testnet = await runTestnet(SCENARIO, {
        directory,
        onProgress: ({ step, done, total }) => {
          told = `${step} ${done}/${total}`
        }
      })
      equal(told, 'meshed 6/6')
      const producers = new Set<string>()
      let refused = 0
      testnet.subscribe((event) => {
        if (event.type === 'published' && event.kind === 'block') producers.add(event.node)
        if (event.type === 'rejected') refused++
      })
      const { report } = await testnet.finished
      judge(report)
      ok(refused > 0)
      for (const name of producers) ok(['n1', 'n2'].includes(name), name)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
