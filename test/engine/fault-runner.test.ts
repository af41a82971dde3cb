import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { type FaultOutcome, FaultRunner } from '../../src/engine/common/fault-runner.ts'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { RememberingVerifier, virtualRuntime } from '../../src/engine/virtual/runtime.ts'
import type { Fault } from '../../src/scenario/index.ts'

class Bench {
  readonly scheduler = new Scheduler(0)
  readonly done: string[] = []
  readonly refused = new Set<Fault['kind']>()
  readonly down = new Set<string>()
  readonly runner = new FaultRunner({
    apply: (fault) => this.#apply(fault),
    runtime: virtualRuntime(this.scheduler, new RememberingVerifier(), 'faults'),
    onFailed: () => {}
  })

  async until(at: number): Promise<string[]> {
    await this.scheduler.runUntil(at)
    return this.done
  }

  async #apply(fault: Fault): Promise<FaultOutcome> {
    if (this.refused.has(fault.kind)) throw new Error('not here')
    const named = 'nodes' in fault ? fault.nodes : ['n1', 'n2', 'n3']
    const nodes = named.filter((name) => !this.down.has(name))
    this.done.push(`${this.scheduler.now} ${fault.kind} ${nodes.join('+')}`)
    return { nodes, notes: [] }
  }
}

describe('a fault for a while', () => {
  it('is undone after that time, for the nodes that it happened to', async () => {
    const bench = new Bench()
    bench.down.add('n2')
    await bench.runner.perform({ kind: 'pause', nodes: ['n1', 'n2'] }, 100)
    bench.down.clear()
    deepEqual(await bench.until(200), ['0 pause n1', '100 resume n1'])
  })

  it('is not undone when it was refused, or happened to nobody', async () => {
    const bench = new Bench()
    bench.refused.add('pause')
    bench.down.add('n1')
    await rejects(bench.runner.perform({ kind: 'pause', nodes: ['n1'] }, 100))
    await bench.runner.perform({ kind: 'crash', nodes: ['n1'] }, 100)
    deepEqual(await bench.until(200), ['0 crash '])
  })

  it('is not undone for a node that a later step of the same sort took over', async () => {
    const bench = new Bench()
    await bench.runner.perform({ kind: 'crash', nodes: ['n1', 'n2'] }, 100)
    await bench.runner.perform({ kind: 'slow', nodes: ['n2'], latencyMs: 5, loss: 0 }, 150)
    await bench.until(50)
    await bench.runner.perform({ kind: 'start', nodes: ['n1'] })
    await bench.runner.perform({ kind: 'crash', nodes: ['n1'] })
    deepEqual(await bench.until(200), [
      '0 crash n1+n2',
      '0 slow n2',
      '50 start n1',
      '50 crash n1',
      '100 start n2',
      '150 restore n2'
    ])
  })

  it('ends its own partition, not the one that took its place', async () => {
    const bench = new Bench()
    await bench.runner.perform({ kind: 'partition', groups: [['n1']] }, 100)
    await bench.until(50)
    await bench.runner.perform({ kind: 'partition', groups: [['n2']] }, 100)
    deepEqual(await bench.until(200), ['0 partition n1+n2+n3', '50 partition n1+n2+n3', '150 heal n1+n2+n3'])
  })
})

describe('a plan of faults', () => {
  it('goes on after a step that failed, and tells of it', async () => {
    const bench = new Bench()
    bench.refused.add('cut')
    bench.runner.start([
      { atMs: 10, fault: { kind: 'cut', nodes: ['n1'] } },
      { atMs: 20, fault: { kind: 'crash', nodes: ['n1'] } }
    ])
    deepEqual(await bench.until(100), ['20 crash n1'])
    equal(bench.runner.failures.length, 1)
    match(bench.runner.failures[0] ?? '', /^the fault cut failed: not here$/)
    deepEqual(
      bench.runner.marks.map(({ at_s, kind }) => [at_s, kind]),
      [[0.02, 'crash']]
    )
  })
})
