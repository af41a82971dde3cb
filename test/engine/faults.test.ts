// Faults on real processes and sockets. One testnet goes through them all, so that the nodes are started once.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestnetClient,
  type NamedEvent,
  runTestnet,
  type ScenarioInput,
  type TestnetRun
} from '../../src/index.ts'
import { realTimers } from '../../src/runtime/index.ts'

const WAIT_MS = 20_000

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const SCENARIO: ScenarioInput = {
  nodes: 5,
  seed: 11,
  consensus: 'authority',
  block: { interval: '300ms' },
  load: { rate: 10 },
  sync: { interval: '500ms' },
  topology: { degree: 4 }
}

describe('faults of a testnet', () => {
  let directory: string
  let run: TestnetRun | undefined
  const warnings: string[] = []
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'starling-faults-'))
    warnings.length = 0
  })
  afterEach(async () => {
    await run?.stop('kill')
    run = undefined
    rmSync(directory, { recursive: true, force: true })
  })

  const start = async (scenario: ScenarioInput): Promise<TestnetRun> => {
    run = await runTestnet(scenario, { directory, onWarning: (warning) => warnings.push(warning) })
    return run
  }

  const seen = (testnet: TestnetRun, what: string, wanted: (event: NamedEvent) => boolean): Promise<NamedEvent> =>
    realTimers
      .within(WAIT_MS, () => {
        const found = Promise.withResolvers<NamedEvent>()
        const stop = testnet.subscribe((event) => {
          if (!wanted(event)) return
          stop()
          found.resolve(event)
        })
        return found.promise
      })
      .catch(() => Promise.reject(new Error(`never seen: ${what}`)))

  const heightOf = (testnet: TestnetRun, name: string): number => testnet.collector.heads().get(name)?.height ?? 0

  /** The node imports a block of a height that the others only came to after `from`. */
  const inStepAfter = (testnet: TestnetRun, name: string, from: number): Promise<NamedEvent> =>
    seen(testnet, `${name} above ${from}`, (event) => {
      return event.type === 'imported' && event.node === name && event.height > from
    })

  it('are done to real processes, by hand: crash, start, pause, resume, wipe; and the report shows them', async () => {
    const testnet = await start({ ...SCENARIO, nodesPerProcess: 1 })
    const api = createTestnetClient(testnet.controller, { timers: realTimers })
    const nodeOf = async (name: string) => (await api.view()).nodes.find((node) => node.name === name)
    const before = await nodeOf('n3')
    ok(before !== undefined)
    await inStepAfter(testnet, 'n3', 0)

    const told = seen(testnet, 'the crash', ({ type, node }) => type === 'fault' && node === 'n3')
    deepEqual(await api.fault({ kind: 'crash', nodes: ['n3'] }), { kind: 'crash', nodes: ['n3'], notes: [] })
    equal(alive(before.pid), false)
    equal(((await told) as { fault?: string }).fault, 'crash')
    equal((await nodeOf('n3'))?.state, 'down')
    deepEqual((await api.fault({ kind: 'crash', nodes: ['n3'] })).nodes, [], 'twice is once')
    await inStepAfter(testnet, 'n1', heightOf(testnet, 'n1') + 1)

    await api.fault({ kind: 'start', nodes: ['n3'] })
    const after = await nodeOf('n3')
    equal(after?.state, 'up')
    ok(after.pid !== before.pid)
    deepEqual([after.peer, after.addresses, after.api], [before.peer, before.addresses, before.api])
    await inStepAfter(testnet, 'n3', heightOf(testnet, 'n1'))

    await api.fault({ kind: 'pause', nodes: ['n2'] })
    equal((await nodeOf('n2'))?.state, 'paused')
    const pausedAt = heightOf(testnet, 'n2')
    await inStepAfter(testnet, 'n1', pausedAt + 1)
    equal(heightOf(testnet, 'n2'), pausedAt)
    await api.fault({ kind: 'resume', nodes: ['n2'] })
    const { at } = await inStepAfter(testnet, 'n2', pausedAt + 1)
    // With the connections that it had before: nobody connected to it anew.
    equal(testnet.collector.histories[1]?.backFrom(at), at)

    const fromGenesis = seen(testnet, 'n4 from the start', (event) => {
      return event.type === 'imported' && event.node === 'n4' && event.height === 1
    })
    ok(existsSync(join(directory, 'nodes', 'n4')))
    deepEqual((await api.fault({ kind: 'wipe', nodes: ['n4'] })).nodes, ['n4'])
    await fromGenesis

    await rejects(api.fault({ kind: 'cut', nodes: ['n1', 'n9'] }), { code: 'unknown-node', status: 422 })
    await api.fault({ kind: 'pause', nodes: ['n5'] })
    const { finished } = testnet
    await testnet.stop('drain')
    const { report } = await finished
    equal(report.validity.ok, true, report.validity.reasons.join('; '))
    equal(report.consistency.converged, true)
    deepEqual(
      report.faults?.map(({ kind, nodes }) => `${kind} ${nodes.join()}`),
      ['crash n3', 'start n3', 'pause n2', 'resume n2', 'wipe n4', 'start n4', 'pause n5']
    )
    deepEqual(warnings, [])
  })

  it('end single nodes of a shared process, whose data they find again; a pause is refused; who joins late is let in', async () => {
    const testnet = await start({
      ...SCENARIO,
      nodesPerProcess: 5,
      faults: [{ at: '500ms', do: 'join', nodes: 'n5' }]
    })
    const api = createTestnetClient(testnet.controller, { timers: realTimers })
    equal(testnet.nodes.length, 4)
    await inStepAfter(testnet, 'n5', 0)
    const [pid] = new Set((await api.view()).nodes.map((node) => node.pid))
    const { notes } = await api.fault({ kind: 'crash', nodes: ['n2'] })
    ok(notes[0]?.startsWith('n2 shares a process with n1, n3, n4, n5: '), notes[0])
    await api.fault({ kind: 'stop', nodes: ['n3'] })
    await rejects(api.fault({ kind: 'pause', nodes: ['n1'] }), { code: 'shared-process', status: 422 })
    const from = heightOf(testnet, 'n1')
    await inStepAfter(testnet, 'n1', from)
    const again: NamedEvent[] = []
    testnet.subscribe((event) => {
      if (event.type === 'imported' && ['n2', 'n3'].includes(event.node) && event.height === 1) again.push(event)
    })
    const back = Promise.all([inStepAfter(testnet, 'n2', from + 1), inStepAfter(testnet, 'n3', from + 1)])
    await api.fault({ kind: 'start', nodes: ['n2', 'n3'] })
    await back
    deepEqual(again, [], 'they had their chain')
    deepEqual([...new Set((await api.view()).nodes.map((node) => node.pid))], [pid])
    const { finished } = testnet
    await testnet.stop('drain')
    const { report } = await finished
    equal(report.validity.ok, true, report.validity.reasons.join('; '))
    equal(report.consistency.converged, true)
  })

  it('part a network without closing a connection, from the plan, and heal it', async () => {
    const testnet = await start({
      ...SCENARIO,
      nodesPerProcess: 5,
      duration: '6s',
      links: { latency: '5ms..20ms' },
      faults: [
        { at: '1s', do: 'partition', groups: [['n1', 'n2']], for: '3s' },
        { at: '0s', do: 'slow', nodes: 'n5', latency: '30ms' }
      ]
    })
    const closed: NamedEvent[] = []
    testnet.subscribe((event) => {
      if (event.type === 'peer' && event.state === 'disconnected') closed.push(event)
    })
    const parted = await seen(testnet, 'the partition', ({ type }) => type === 'fault')
    const heads = (names: readonly string[]): Set<string | undefined> =>
      new Set(names.map((name) => testnet.collector.heads().get(name)?.hash))
    equal(parted.type === 'fault' && parted.fault, 'slow')
    await seen(testnet, 'the healing', (event) => event.type === 'fault' && event.fault === 'heal')
    equal(heads(['n1', 'n3']).size, 2, 'both sides went on alone')
    deepEqual(closed, [])
    const { report } = await testnet.finished
    equal(report.consistency.converged, true)
    ok(report.consistency.longest_disagreement_s > 1.5)
    ok(report.consistency.max_reorg_depth >= 1)
    deepEqual(
      report.faults?.map(({ kind }) => kind),
      ['slow', 'partition', 'heal']
    )
    equal(report.environment.transport_model, 'shaped')
  })
})
