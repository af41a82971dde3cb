import { deepEqual, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layGround } from '../../src/engine/tcp/ground.ts'
import { nodeSpecs } from '../../src/engine/tcp/node-specs.ts'
import { WorkerNodes } from '../../src/engine/tcp/worker-nodes.ts'
import { constantDelay } from '../../src/network/libp2p/index.ts'
import { parseScenario } from '../../src/scenario/index.ts'
import { MergedTrace, type TraceEnd } from '../../src/trace/index.ts'

describe('the nodes of a worker', () => {
  const directory = mkdtempSync(join(tmpdir(), 'starling-worker-'))
  const nodes = new WorkerNodes(
    () => {},
    () => 0
  )
  after(async () => {
    await nodes.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  it('close the trace of one that can’t be opened', async () => {
    const [spec] = nodeSpecs(layGround(parseScenario({ nodes: 1, seed: 1, topology: { degree: 1 } })), { directory })
    ok(spec !== undefined)
    const order = { ...spec, links: constantDelay(0) }
    await nodes.perform('startNode', order)
    await rejects(nodes.perform('startNode', { ...order, name: 'n2' }), { code: 'locked' })
    const ends: TraceEnd[] = []
    const trace = new MergedTrace([join(directory, 'traces', 'n2.pb.gz')], {
      onEnd: (_path, end) => void ends.push(end)
    })
    for await (const { event } of trace.records()) deepEqual(event, 'nothing happened in it')
    deepEqual(
      ends.map(({ state }) => state),
      ['whole']
    )
  })
})
