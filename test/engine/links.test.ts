import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { AccessLine, AccessLines, Flow } from '../../src/engine/virtual/access-line.ts'
import { Channel, Pipe } from '../../src/engine/virtual/pipe.ts'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { lossDelay } from '../../src/network/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'

/** 1,000 bytes per ms. */
const MBIT_8 = 8_000_000

class Bench {
  readonly scheduler = new Scheduler(1_893_456_000_000)
  readonly lines = new AccessLines((fn) => this.scheduler.atEndOfInstant(fn))
  readonly arrived: [name: string, at: number][] = []
  readonly #start = this.scheduler.now

  pipe(up: AccessLine, down: AccessLine, init: Partial<ConstructorParameters<typeof Pipe>[1]> = {}): Pipe {
    const random = seededRandom(1)
    const { scheduler, lines } = this
    return new Pipe(
      { scheduler, lines, random },
      { up, down, delayMs: 0, jitterMs: 0, loss: 0, rttMs: 0, slowStart: false, ...init }
    )
  }

  send(pipe: Pipe, name: string, bytes: number, { at = 0, channel = new Channel() } = {}): void {
    this.scheduler.after(at, () =>
      pipe.send(channel, bytes, () =>
        this.arrived.push([name, Math.round(10 * (this.scheduler.now - this.#start)) / 10])
      )
    )
  }

  async run(): Promise<[name: string, at: number][]> {
    await this.scheduler.runUntil(this.#start + 1e6)
    return this.arrived
  }
}

describe('links', () => {
  it('share an uplink evenly, and what one leaves goes to the others', async () => {
    const bench = new Bench()
    const up = new AccessLine(MBIT_8)
    // Three at a third each until 3,000 ms, then two at a half until 5,000, then one alone.
    for (const [name, bytes] of [
      ['a', 1e6],
      ['b', 2e6],
      ['c', 3e6]
    ] as const) {
      bench.send(bench.pipe(up, new AccessLine(Infinity), { delayMs: 50 }), name, bytes)
    }
    deepEqual(await bench.run(), [
      ['a', 3050],
      ['b', 5050],
      ['c', 6050]
    ])
  })

  it('slow a flow that began earlier, and let it go again', async () => {
    const bench = new Bench()
    const up = new AccessLine(MBIT_8)
    bench.send(bench.pipe(up, new AccessLine(Infinity)), 'long', 1e6)
    bench.send(bench.pipe(up, new AccessLine(Infinity)), 'short', 1e5, { at: 500 })
    deepEqual(await bench.run(), [
      ['short', 700],
      ['long', 1100]
    ])
  })

  it('are bounded by the receiver, and give the sender’s rest to others', async () => {
    const bench = new Bench()
    const up = new AccessLine(MBIT_8)
    const narrow = new AccessLine(MBIT_8 / 4)
    bench.send(bench.pipe(up, narrow), 'narrow', 250_000)
    bench.send(bench.pipe(up, new AccessLine(MBIT_8)), 'wide', 750_000)
    deepEqual((await bench.run()).sort(), [
      ['narrow', 1000],
      ['wide', 1000]
    ])
  })

  it('share a downlink among its senders', async () => {
    const bench = new Bench()
    const down = new AccessLine(MBIT_8)
    for (const name of ['a', 'b', 'c', 'd']) bench.send(bench.pipe(new AccessLine(MBIT_8), down), name, 1e6)
    deepEqual(await bench.run(), [
      ['a', 4000],
      ['b', 4000],
      ['c', 4000],
      ['d', 4000]
    ])
  })

  it('keep order within a stream, and share a connection among its streams', async () => {
    const bench = new Bench()
    const pipe = bench.pipe(new AccessLine(MBIT_8), new AccessLine(Infinity))
    const channel = new Channel()
    bench.send(pipe, 'block', 1e6, { channel })
    bench.send(pipe, 'behind it', 1000, { channel })
    bench.send(pipe, 'reset', 0, { channel })
    bench.send(pipe, 'on another', 1000)
    // 1,000 bytes at half the rate; the rest of the block then has the whole.
    deepEqual(await bench.run(), [
      ['on another', 2],
      ['block', 1001],
      ['behind it', 1002],
      ['reset', 1002]
    ])
  })

  it('keep order through jitter and loss', async () => {
    const bench = new Bench()
    const pipe = bench.pipe(new AccessLine(Infinity), new AccessLine(Infinity), {
      delayMs: 20,
      rttMs: 40,
      jitterMs: 50,
      loss: 0.3
    })
    const channel = new Channel()
    for (let i = 0; i < 100; i++) bench.send(pipe, `${i}`, 100, { channel, at: i })
    const arrived = await bench.run()
    deepEqual(
      arrived.map(([name]) => name),
      Array.from({ length: 100 }, (_, i) => `${i}`)
    )
    ok(arrived.every(([, at], i) => at >= i + 20))
    ok(
      arrived.some(([, at], i) => at > i + 20 + 50 + 200),
      'somebody waited for a timeout'
    )
  })

  it('say goodbye after all that was sent, and nothing after a cut', async () => {
    const bench = new Bench()
    const polite = bench.pipe(new AccessLine(MBIT_8), new AccessLine(Infinity))
    const cut = bench.pipe(new AccessLine(MBIT_8), new AccessLine(Infinity))
    bench.send(polite, 'all', 1000)
    bench.send(cut, 'never', 1000)
    bench.scheduler.after(0.5, () => polite.finish(() => bench.arrived.push(['bye', 0])))
    bench.scheduler.after(0.5, () => cut.drop())
    deepEqual(await bench.run(), [
      ['all', 1],
      ['bye', 0]
    ])
  })

  it('start with ten segments a round trip, double them, and start again after idling', async () => {
    // 14,600 bytes leave in 14.6 ms; the rest waits for the first acknowledgement, 100 ms after the first byte.
    const table: [bytes: number, arrives: number][] = [
      [14_600, 50 + 14.6],
      [24_600, 50 + 100 + 10],
      [14_600 + 29_200 + 1000, 50 + 200 + 1],
      [14_600 + 29_200 + 58_400 + 1000, 50 + 300 + 1],
      // The fourth window, 116,800 bytes, lasts longer than a round trip: from here on the line is full.
      [14_600 + 29_200 + 58_400 + 200_000, 50 + 300 + 200]
    ]
    for (const [bytes, arrives] of table) {
      const bench = new Bench()
      const slow = { delayMs: 50, rttMs: 100, slowStart: true }
      const pipe = bench.pipe(new AccessLine(MBIT_8), new AccessLine(MBIT_8), slow)
      bench.send(pipe, 'cold', bytes)
      bench.send(pipe, 'soon', 24_600, { at: arrives + 100 })
      bench.send(pipe, 'after idling', 24_600, { at: 10_000 })
      const [cold, soon, late] = await bench.run()
      equal(cold?.[1], Math.round(10 * arrives) / 10, `${bytes} bytes`)
      equal(late?.[1], 10_000 + 160)
      if (bytes > 50_000) equal(soon?.[1], Math.round(10 * (arrives + 100 + 50 + 24.6)) / 10)
    }
  })

  it('charge a loss with a round trip where later packets reveal it, and with a timeout at the end', () => {
    const mean = (bytes: number, loss: number): number => {
      const random = seededRandom(5)
      let sum = 0
      for (let i = 0; i < 20_000; i++) sum += lossDelay(bytes, loss, 100, random)
      return sum / 20_000
    }
    equal(mean(1000, 0), 0)
    // One packet: lost with 1%, and then a timeout of 300 ms, and again with 1%.
    ok(Math.abs(mean(1000, 0.01) - 3.03) < 0.5, `${mean(1000, 0.01)}`)
    // A hundred packets: P(any of the last three) = 2.97% of 300 ms; P(any other, none of those) = 60.4% of 100 ms;
    // and 1.0 resends, of which 1% are lost again.
    ok(Math.abs(mean(146_000, 0.01) - (0.0297 * 300 + 0.604 * 100 + 3)) < 3, `${mean(146_000, 0.01)}`)
  })

  it('bring what a short partition swallowed at its next resend, and after a long one give the connection up', async () => {
    const parted = async (forMs: number): Promise<[name: string, at: number][]> => {
      const bench = new Bench()
      let isBlocked = true
      const waiting = new Set<Pipe>()
      const pipe = bench.pipe(new AccessLine(Infinity), new AccessLine(Infinity), {
        delayMs: 50,
        rttMs: 100,
        faults: {
          changes: () => 0,
          figures: () => ({ delayMs: 50, loss: 0, rttMs: 100 }),
          canLeave: () => true,
          canArrive: () => !isBlocked,
          blocked: () => isBlocked,
          park: (one) => waiting.add(one),
          giveUp: () => {
            pipe.shut()
            bench.arrived.push(['lost', bench.scheduler.now - 1_893_456_000_000])
          }
        }
      })
      bench.send(pipe, 'first', 10)
      bench.send(pipe, 'second', 10, { at: 140 })
      bench.send(pipe, 'late', 10, { at: 20_000 })
      bench.scheduler.after(forMs, () => {
        isBlocked = false
        for (const one of waiting) one.reopen()
      })
      return bench.run()
    }
    // Sent again after 300 ms, 600 more, 1,200 more …; the first of them after the partition arrives, 50 ms later.
    for (const [forMs, at] of [
      [200, 350],
      [301, 950],
      [900, 950],
      [3000, 4550]
    ] as const) {
      deepEqual(await parted(forMs), [
        ['first', at],
        ['second', at],
        ['late', 20_050]
      ])
    }
    deepEqual(await parted(12_000), [['lost', 15_050]], 'the next resend, after 18.9 s, would be too late')
    deepEqual(await parted(60_000), [['lost', 15_050]])
  })

  it('fill every line that anybody waits for, and no line beyond its capacity', () => {
    const network = fc.record({
      capacities: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 4, maxLength: 12 }),
      flows: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { minLength: 1, maxLength: 60 })
    })
    fc.assert(
      fc.property(network, ({ capacities, flows: pairs }) => {
        let settle = (): void => {}
        const lines = new AccessLines((fn) => {
          settle = fn
        })
        const ups = capacities.map((mbit) => new AccessLine(mbit * 1e6))
        const downs = capacities.map((mbit) => new AccessLine(mbit * 1e6))
        const flows: Flow[] = []
        for (const [a, b] of pairs) {
          const up = ups[a % ups.length]
          const down = downs[b % downs.length]
          if (up === undefined || down === undefined) continue
          const flow = new Flow(up, down, () => {})
          flows.push(flow)
          lines.open(flow)
          settle()
        }
        for (const flow of flows.splice(0, flows.length / 2)) {
          lines.close(flow)
          settle()
        }
        const use = (line: AccessLine): number => line.flows.reduce((sum, { rate }) => sum + rate, 0)
        for (const line of [...ups, ...downs]) {
          ok(use(line) <= 1.1 * line.capacity, `${use(line)} of ${line.capacity}`)
        }
        for (const { up, down } of flows) {
          const fullest = Math.max(use(up) / up.capacity, use(down) / down.capacity)
          ok(fullest >= 0.85, `both lines have room: ${fullest}`)
        }
      }),
      { seed: 3, numRuns: 300 }
    )
  })
})
