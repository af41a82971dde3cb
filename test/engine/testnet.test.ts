import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeClient, createTestnetClient, type NamedEvent, runTestnet, type TestnetRun } from '../../src/index.ts'
import { developmentKey } from '../../src/ledger/index.ts'
import { realTimers } from '../../src/runtime/index.ts'
import { MergedTrace, type TraceEnd, traceFiles } from '../../src/trace/index.ts'
import { signTransaction, toHex } from '../../src/wire/index.ts'

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a testnet', () => {
  let directory: string
  let run: TestnetRun | undefined
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'starling-testnet-'))
  })
  afterEach(async () => {
    await run?.stop('kill')
    run = undefined
    rmSync(directory, { recursive: true, force: true })
  })

  const seen = (testnet: TestnetRun, wanted: (event: NamedEvent) => boolean): Promise<NamedEvent> =>
    realTimers.within(
      20_000,
      () =>
        new Promise((resolve) => {
          const stop = testnet.subscribe((event) => {
            if (!wanted(event)) return
            stop()
            resolve(event)
          })
        })
    )

  it('delivers every block and transaction to every node, reports it, and leaves no process', async () => {
    run = await runTestnet(
      {
        nodes: 6,
        nodesPerProcess: 3,
        consensus: 'authority',
        block: { interval: '500ms' },
        load: { rate: 20 },
        seed: 7
      },
      { directory }
    )
    const [n1] = run.nodes
    ok(n1 !== undefined)
    const node = createNodeClient(n1.api, { timers: realTimers })
    const { network } = await node.status()
    const alice = developmentKey('alice')
    const payment = signTransaction(
      {
        network,
        sender: toHex(alice.publicKey),
        recipient: toHex(developmentKey('bob').publicKey),
        amount: 5,
        fee: 1,
        nonce: (await node.account(toHex(alice.publicKey))).next_nonce,
        validUntil: 0,
        data: new Uint8Array()
      },
      alice.sign
    )
    await node.submit(toHex(payment.bytes))
    const item = await createTestnetClient(run.controller, { timers: realTimers }).item(payment.id, {
      wait: 'included',
      timeoutMs: 20_000
    })
    equal(item.holders, 6)
    ok((item.included?.height ?? 0) > 0)
    await seen(run, (event) => event.type === 'imported' && event.height >= (item.included?.height ?? 0) + 3)

    const pids = new Set(run.nodes.map(({ pid }) => pid))
    equal(pids.size, 2)
    const { finished } = run
    await run.stop('drain')
    const { report } = await finished
    equal(report.blocks.delivery_ratio, 1)
    equal(report.transactions.delivery_ratio, 1)
    equal(report.consistency.converged, true)
    ok(report.blocks.published >= 3)
    ok((report.traffic?.bytes_sent ?? 0) > 0)
    deepEqual(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')), JSON.parse(JSON.stringify(report)))
    ok(readFileSync(join(directory, 'report.html'), 'utf8').includes('<svg'))
    deepEqual([...pids].filter(alive), [])

    const names = run.nodes.map(({ name }) => name)
    const traces = await traceFiles(join(directory, 'traces'))
    deepEqual(
      traces,
      names.map((name) => join(directory, 'traces', `${name}.pb.gz`))
    )
    const states: string[] = []
    const merged = new MergedTrace(traces, { onEnd: (_path, { state }) => void states.push(state) })
    const delivered = new Set<string>()
    for await (const { node, event } of merged.records()) {
      if (event.type === 'delivered' && event.id === payment.id) delivered.add(node)
    }
    deepEqual(
      [...delivered].sort(),
      names.filter((name) => name !== item.origin)
    )
    deepEqual([...new Set(states)], ['whole'])
    equal(report.environment.trace_events_dropped, 0)
  })

  it('goes on when a worker dies, and says so', async () => {
    const warnings: string[] = []
    run = await runTestnet(
      { nodes: 6, nodesPerProcess: 2, consensus: 'authority', block: { interval: '500ms' }, topology: { degree: 5 } },
      { directory, onWarning: (warning) => warnings.push(warning) }
    )
    const [first, , , , , last] = run.nodes
    ok(first !== undefined && last !== undefined)
    await seen(run, (event) => event.type === 'head' && event.height >= 1)
    // What is older than a second is on the disk when a node dies.
    const since = await seen(run, (event) => event.type === 'delivered' && event.node === 'n6')
    await seen(run, (event) => event.node === 'n6' && event.at > since.at + 2_000)
    process.kill(last.pid, 'SIGKILL')
    const { height } = (await seen(run, (event) => event.type === 'head' && event.node === 'n1')) as { height: number }
    await seen(run, (event) => event.type === 'head' && event.node === 'n1' && event.height > height + 2)
    ok(warnings.some((warning) => /n5, n6 are down/.test(warning)))
    const { finished } = run
    await run.stop('drain')
    const { report } = await finished
    equal(report.validity.ok, false)
    ok(report.validity.reasons.some((reason) => /n5|n6/.test(reason)))
    equal(report.consistency.converged, true)
    const ends: TraceEnd[] = []
    const torn = new MergedTrace([join(directory, 'traces', 'n6.pb.gz')], {
      onEnd: (_path, end) => void ends.push(end)
    })
    let last6 = 0
    for await (const { event } of torn.records()) last6 = event.at
    deepEqual(
      ends.map(({ state }) => state),
      ['torn']
    )
    ok(last6 >= since.at)
  })

  it('adds a delay to every link', async () => {
    run = await runTestnet(
      {
        nodes: 4,
        nodesPerProcess: 4,
        consensus: 'authority',
        block: { interval: '500ms' },
        topology: { degree: 3 },
        links: { latency: '100ms' }
      },
      { directory }
    )
    await seen(run, (event) => event.type === 'imported' && event.height >= 3)
    const { finished } = run
    await run.stop('drain')
    const { report } = await finished
    ok((report.blocks.heard_ms.p50 ?? 0) >= 100, `heard after ${report.blocks.heard_ms.p50} ms`)
    equal(report.blocks.delivery_ratio, 1)
  })

  it('leaves no process and no API when its report can’t be written', async () => {
    run = await runTestnet({ nodes: 2, consensus: 'authority', topology: { degree: 1 } }, { directory })
    const pids = run.nodes.map(({ pid }) => pid)
    mkdirSync(join(directory, 'report.html'))
    const { finished, controller } = run
    await run.stop('interrupt')
    await rejects(finished, { code: 'EISDIR' })
    deepEqual(pids.filter(alive), [])
    await rejects(createTestnetClient(controller, { timers: realTimers }).view())
  })
})
