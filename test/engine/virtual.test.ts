import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { type ScenarioInput, simulate } from '../../src/index.ts'
import { MergedTrace } from '../../src/trace/index.ts'
import { MISBEHAVIOURS } from '../../src/scenario/index.ts'

describe('virtual time', () => {
  it('runs events by time, and those of one time in the order they were made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 100 }), async (delays) => {
        const scheduler = new Scheduler(1000)
        const ran: [at: number, index: number][] = []
        for (const [index, delay] of delays.entries()) {
          scheduler.after(delay, () => {
            equal(scheduler.now, 1000 + delay)
            ran.push([delay, index])
          })
        }
        await scheduler.runUntil(2000)
        deepEqual(
          ran,
          [...ran].sort(([a, i], [b, j]) => a - b || i - j)
        )
        equal(ran.length, delays.length)
        equal(scheduler.now, 2000)
      }),
      { seed: 1, numRuns: 50 }
    )
  })

  it('lets promises settle before time goes on', async () => {
    const scheduler = new Scheduler(0)
    const seen: string[] = []
    scheduler.after(1, () => {
      Promise.resolve()
        .then(() => {})
        .then(() => {
          seen.push(`settled at ${scheduler.now}`)
          scheduler.after(0, () => seen.push(`same instant, ${scheduler.now}`))
        })
    })
    scheduler.after(2, () => seen.push('later'))
    await scheduler.runUntil(10)
    deepEqual(seen, ['settled at 1', 'same instant, 1', 'later'])
  })

  it('cancels, and repeats until cancelled', async () => {
    const scheduler = new Scheduler(0)
    let count = 0
    const every = scheduler.every(10, () => {
      if (++count === 3) every.cancel()
    })
    scheduler.after(5, () => ok(false)).cancel()
    await scheduler.runUntil(100)
    equal(count, 3)
  })
})

describe('a simulation', () => {
  const scenario = {
    nodes: 8,
    consensus: 'authority',
    block: { interval: '1s' },
    links: { latency: '50ms' },
    topology: { degree: 3 },
    duration: '12s'
  } as const
  const run = async (seed: number, links: ScenarioInput['links'] = scenario.links) => {
    const { report } = await simulate({ ...scenario, links, seed })
    const { environment, ...rest } = report
    return { environment, rest }
  }
  let made: ReturnType<typeof run> | undefined
  /** The run of seed 7, made once. */
  const plain = (): ReturnType<typeof run> => {
    made ??= run(7)
    return made
  }

  it('is a function of its seed', async () => {
    const [first, again, other] = await Promise.all([plain(), run(7), run(8)])
    deepEqual(again.rest, first.rest)
    equal(JSON.stringify(again.rest), JSON.stringify(first.rest), 'to the byte')
    equal(again.environment.trace_sha256, first.environment.trace_sha256)
    notDeepEqual(other.rest, first.rest)
  })

  it('is a function of its seed on links of every kind', async () => {
    const links: ScenarioInput['links'] = {
      latency: '20ms..80ms',
      jitter: '30ms',
      loss: 0.02,
      bandwidth: [
        { share: 0.5, up: '1Mbit', down: '2Mbit' },
        { share: 0.5, up: '10Mbit', down: '10Mbit' }
      ],
      tcp: 'slow_start'
    }
    const [first, again, other] = await Promise.all([run(7, links), run(7, links), run(8, links)])
    deepEqual(again.rest, first.rest)
    equal(again.environment.trace_sha256, first.environment.trace_sha256)
    equal(first.environment.transport_model, 'slow_start')
    notDeepEqual(other.rest, first.rest)
    equal(first.rest.blocks.delivery_ratio, 1)
  })

  it('records all of it, and the hash in its report is that of the file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'starling-sim-'))
    try {
      const { report } = await simulate({ ...scenario, seed: 7 }, { directory, trace: 'file' })
      const { environment } = report
      const file = join(directory, 'traces', 'all.pb.gz')
      const unpacked = gunzipSync(readFileSync(file))
      equal(createHash('sha256').update(unpacked).digest('hex'), environment.trace_sha256)
      equal(environment.trace_sha256, (await plain()).environment.trace_sha256)
      const kinds = new Set<string>()
      let records = 0
      for await (const { node, event } of new MergedTrace([file], { onEnd: () => {} }).records()) {
        kinds.add(event.type)
        ok(/^n[1-8]$/.test(node))
        records++
      }
      deepEqual(
        [
          'published',
          'heard',
          'duplicate',
          'delivered',
          'validated',
          'imported',
          'head',
          'peer',
          'mesh',
          'request',
          'sync'
        ].filter((kind) => !kinds.has(kind)),
        []
      )
      deepEqual([environment.trace_events, environment.trace_events_dropped], [records, 0])
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('delivers everything everywhere, each hop after one delay of the link', async () => {
    const { rest } = await plain()
    ok(rest.blocks.published >= 10)
    equal(rest.blocks.delivery_ratio, 1)
    equal(rest.transactions.delivery_ratio, 1)
    equal(rest.consistency.converged, true)
    const { p50, max } = rest.blocks.latency_ms
    ok((p50 ?? 0) >= 50 && (max ?? 0) <= 50 * (rest.blocks.hops.max ?? 0), `p50 ${p50}, max ${max}`)
  })

  it('charges every hop with what checking costs', async () => {
    const { report } = await simulate({ ...scenario, validation: { block: '200ms', transaction: '10ms' }, seed: 7 })
    const { rest } = await plain()
    equal(report.blocks.delivery_ratio, 1)
    equal(report.transactions.delivery_ratio, 1)
    for (const kind of ['blocks', 'transactions'] as const) {
      const cost = kind === 'blocks' ? 200 : 10
      const more = (report[kind].latency_ms.p50 ?? 0) - (rest[kind].latency_ms.p50 ?? 0)
      ok(more >= cost && more <= 4 * cost, `${kind}: ${more} ms more at the median`)
    }
  })

  it('mines by proof of work too, and forks come together', async () => {
    const { report } = await simulate({ ...scenario, consensus: 'pow', mining: { hashRate: 100 }, seed: 3 })
    ok(report.blocks.published >= 4)
    equal(report.blocks.delivery_ratio, 1)
    equal(report.consistency.converged, true)
  })
})

describe('a simulation with one of each kind of misbehaving node', () => {
  it('delivers everything between the honest ones, and is a function of its seed', async () => {
    const scenario: ScenarioInput = {
      nodes: 22,
      consensus: 'pow',
      mining: { hashRate: 100 },
      block: { interval: '1s' },
      topology: { degree: 8 },
      links: { latency: '20ms' },
      roles: MISBEHAVIOURS.map((role) => ({ role, nodes: 1 })),
      duration: '10s',
      seed: 3
    }
    const [{ report }, again] = await Promise.all([simulate(scenario), simulate(scenario)])
    equal(report.environment.trace_sha256, again.report.environment.trace_sha256)
    ok(report.blocks.published > 1 && report.transactions.published > 10)
    equal(report.blocks.delivery_ratio, 1)
    equal(report.transactions.delivery_ratio, 1)
    equal(report.consistency.converged, true)
  })
})
