// Processes that hang or die in the middle of what is done to their nodes. SIGSTOP from outside: a worker that was asked
// and does not answer.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LinkState } from '../../src/engine/common/link-state.ts'
import { Fleet } from '../../src/engine/tcp/fleet.ts'
import { layGround } from '../../src/engine/tcp/ground.ts'
import { nodeSpecs } from '../../src/engine/tcp/node-specs.ts'
import { shareProcesses } from '../../src/engine/tcp/workers.ts'
import { realTimers } from '../../src/runtime/index.ts'
import { parseScenario } from '../../src/scenario/index.ts'
import type { NamedEvent } from '../../src/trace/index.ts'
import { eventually } from '../support/nodes.ts'

const children = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length

describe('a fleet', () => {
  let directory: string
  let fleet: Fleet
  let down: string[]
  let onUp: () => void
  let onEvent: (event: NamedEvent) => void
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'starling-fleet-'))
    down = []
    onUp = () => {}
    onEvent = () => {}
    const ground = layGround(
      parseScenario({
        nodes: 2,
        nodesPerProcess: 1,
        seed: 3,
        consensus: 'authority',
        block: { interval: '300ms' },
        topology: { degree: 1 }
      })
    )
    const { plan, origin } = ground
    fleet = new Fleet({
      names: plan.names,
      edges: plan.edges,
      nodesPerProcess: 1,
      alone: new Set(),
      links: new LinkState(plan.links),
      directory,
      origin,
      onEvents: (events) => {
        for (const event of events) onEvent(event)
      },
      onState: (_name, state) => {
        if (state === 'up') onUp()
      },
      onDown: (names) => void down.push(...names)
    })
    await fleet.start(nodeSpecs(ground, { directory, trace: false }), new Set(), () => {})
    await fleet.connect()
  })
  afterEach(async () => {
    await fleet.kill()
    rmSync(directory, { recursive: true, force: true })
    // The event loop closes a process that has ended in a turn of its own.
    await eventually(() => children() === 0)
  })

  const signal = (name: string, kind: 'SIGSTOP' | 'SIGKILL'): void => {
    const pid = fleet.remote(name).details?.pid
    ok(pid !== undefined)
    process.kill(pid, kind)
  }

  for (const how of ['pause', 'crash'] as const) {
    it(`does not ${how} a node whose process dies before it has answered`, async () => {
      signal('n2', 'SIGSTOP')
      const done = fleet.remote('n2')[how]()
      signal('n2', 'SIGKILL')
      equal(await done, false)
      equal(fleet.state('n2'), 'down')
      deepEqual(down, ['n2'])
    })
  }

  it('pauses nothing once it stops', async () => {
    const paused = fleet.remote('n2').pause()
    await fleet.stop()
    equal(await paused, false)
  })

  it('tells the others of their links when one is paused before it has answered', async () => {
    signal('n2', 'SIGSTOP')
    const shaped = fleet.shapeLinks()
    equal(await fleet.remote('n2').pause(), true)
    await shaped
    await fleet.remote('n2').resume()
  })

  it('starts a node again, all the way, when the process of another dies meanwhile', async () => {
    await fleet.remote('n1').crash()
    await fleet.produce(true)
    signal('n2', 'SIGSTOP')
    onUp = () => signal('n2', 'SIGKILL')
    equal(await fleet.startAgain('n1'), true)
    deepEqual([fleet.state('n1'), fleet.state('n2')], ['up', 'down'])
  })

  it('has a node produce that stood still when production began', async () => {
    const produced = Promise.withResolvers<void>()
    onEvent = (event) => {
      if (event.type === 'published' && event.node === 'n2') produced.resolve()
    }
    await fleet.remote('n2').pause()
    await fleet.produce(true)
    await fleet.remote('n2').resume()
    await realTimers.within(20_000, () => produced.promise)
  })
})

describe('nodes in processes', () => {
  const names = ['n1', 'n2', 'n3', 'n4', 'n5']
  const table: [nodesPerProcess: number, alone: string[], processes: string[][]][] = [
    [2, [], [['n1', 'n2'], ['n3', 'n4'], ['n5']]],
    [5, ['n2', 'n4'], [['n1', 'n3', 'n5'], ['n2'], ['n4']]],
    [5, names, names.map((name) => [name])]
  ]
  for (const [nodesPerProcess, alone, processes] of table) {
    it(`share them by ${nodesPerProcess}, but for ${alone.join(', ') || 'none'}`, () => {
      deepEqual(shareProcesses({ names, nodesPerProcess, alone: new Set(alone) }), processes)
    })
  }
})
