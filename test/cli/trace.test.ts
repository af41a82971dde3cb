// starling trace over files as testnets and simulations leave them.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '../../src/runtime/index.ts'
import { openTraceFile, TraceRecorder } from '../../src/trace/index.ts'
import { BLOCK, N1, N2, SAMPLES, START_MS, TOPICS } from '../trace/samples.ts'
import { starling, useDirectory } from './support.ts'

describe('starling trace', () => {
  const directory = useDirectory()

  async function makeRun(cwd: string, name = '1-a'): Promise<string> {
    const traces = join(cwd, '.starling', 'runs', name, 'traces')
    const file = (node: string) => openTraceFile(traces, node, { logger: silentLogger })
    for (const [node, peer, count] of [
      ['n1', N1, SAMPLES.length],
      ['n2', N2, 0]
    ] as const) {
      const recorder = new TraceRecorder({ topics: TOPICS, file: await file(node) })
      const traced = recorder.node(node, peer, START_MS)
      for (const event of SAMPLES.slice(0, count)) recorder.write(traced, event)
      await recorder.close()
    }
    return traces
  }

  it('prints a readable line for every event of the newest run, with names for peers', async () => {
    const cwd = directory()
    await makeRun(cwd)
    mkdirSync(join(cwd, '.starling', 'runs', '2-without'))
    const { code, out, err } = await starling(['trace'], { cwd })
    assert.equal(code, 0, err)
    assert.equal(err, '')
    const lines = out.trimEnd().split('\n')
    assert.equal(lines.length, SAMPLES.length + 2)
    for (const line of [
      '    0.000000  n1    published  block #5 b1b1b1, 70 kB, 2 tx',
      '    0.000000  n1    heard      block b1b1b1 from n2',
      '    0.000001  n1    delivered  block #5 b1b1b1 from n2 by requested',
      '    0.000005  n1    graft      n2 for blocks'
    ]) {
      assert.ok(lines.includes(line), `${line}\n${out}`)
    }
  })

  it('follows one item by the first digits of its hash', async () => {
    const cwd = directory()
    await makeRun(cwd)
    const all = (await starling(['trace'], { cwd })).out.trimEnd().split('\n')
    const { code, out } = await starling(['trace', '--id', BLOCK.slice(0, 8)], { cwd })
    assert.equal(code, 0)
    const lines = out.trimEnd().split('\n')
    assert.ok(lines.length > 3 && lines.length < all.length)
    assert.deepEqual(
      all.filter((line) => line.includes('b1b1b1') && !lines.includes(line)),
      []
    )
    assert.equal((await starling(['trace', '--id', 'ffff'], { cwd })).out, '')
    const mistake = await starling(['trace', '--id', '#5'], { cwd })
    assert.equal(mistake.code, 2)
    assert.match(mistake.err, /--id is the first hex digits of a hash, not "#5"\./)
  })

  it('prints the same as JSON, a line each, of the nodes and kinds that are asked for', async () => {
    const cwd = directory()
    await makeRun(cwd)
    const { out } = await starling(['trace', '--node', 'n1', '--kind', 'imported,head', '--json'], { cwd })
    const [imported, head, ...rest] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(rest, [])
    assert.equal(imported?.type, 'imported')
    assert.equal(imported?.transactions, 2)
    assert.equal(head?.hash, BLOCK)
    assert.equal(head?.ns, '1893456000000004150')
    assert.equal(head?.node, 'n1')
  })

  it('reads a directory of traces, or one file', async () => {
    const cwd = directory()
    const traces = await makeRun(cwd)
    for (const path of [traces, join(traces, 'n1.pb.gz'), '.starling/runs/1-a']) {
      const { out } = await starling(['trace', path, '--kind', 'rejected'], { cwd })
      assert.equal(out.trimEnd().split('\n').length, 3, path)
    }
  })

  it('says that a file is torn, and prints what is before the tear', async () => {
    const cwd = directory()
    const traces = await makeRun(cwd)
    truncateSync(join(traces, 'n1.pb.gz'), 600)
    const { code, out, err } = await starling(['trace', '--node', 'n1'], { cwd })
    assert.equal(code, 0)
    assert.match(
      err,
      /^n1\.pb\.gz ends early, after \d+ records: it is still being written, or its node was killed\.\n$/
    )
    assert.ok(out.split('\n').length > 3)
  })

  it('fails for what is no trace, and for a node that is none', async () => {
    const cwd = directory()
    const none = await starling(['trace'], { cwd })
    assert.match(none.err, /There is no run with a trace here yet\./)
    const traces = await makeRun(cwd)
    const unknown = await starling(['trace', '--node', 'n9'], { cwd })
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /This trace has no node n9\./)
    writeFileSync(join(traces, 'n1.pb.gz'), 'not a trace')
    const damaged = await starling(['trace'], { cwd })
    assert.equal(damaged.code, 1)
    assert.match(damaged.err, /n1\.pb\.gz is damaged after 0 records\./)
    const nothing = await starling(['trace', 'nowhere'], { cwd })
    assert.match(nothing.err, /nowhere holds no trace\./)
    assert.equal(existsSync(join(cwd, 'nowhere')), false)
  })
})
