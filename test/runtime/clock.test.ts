import { equal, ok } from 'node:assert/strict'
import { realClock } from '../../src/runtime/clock.ts'

const START_MS = 1_893_456_000_000
const HOUR_MS = 3_600_000

/** A machine whose clocks are moved by hand. */
class Machine {
  wall = START_MS
  monotonic = 5_000
  /** What happens between two readings. */
  between = (): void => {}
  readonly clock = realClock({
    wallMs: () => this.#read(this.wall),
    monotonicNs: () => this.#read(BigInt(Math.round(this.monotonic * 1e6)))
  })

  #read<T>(value: T): T {
    this.between()
    return value
  }

  run(ms: number): void {
    this.wall += ms
    this.monotonic += ms
  }

  suspend(ms: number): void {
    this.wall += ms
  }
}

describe("a node's clock", () => {
  it('is monotonic time from the wall clock at its start, whatever small corrections that has', () => {
    const machine = new Machine()
    machine.run(1.5)
    equal(machine.clock.now(), START_MS + 1.5)
    machine.wall += 900
    machine.run(10)
    equal(machine.clock.now(), START_MS + 11.5)
  })

  it('leaps to the wall clock after a sleep of the machine, and goes on from there', () => {
    const machine = new Machine()
    machine.run(10)
    machine.suspend(2 * HOUR_MS)
    equal(machine.clock.now(), START_MS + 2 * HOUR_MS + 10)
    machine.run(0.25)
    equal(machine.clock.now(), START_MS + 2 * HOUR_MS + 10.25)
    machine.suspend(HOUR_MS)
    equal(machine.clock.now(), START_MS + 3 * HOUR_MS + 10.25)
  })

  it('never steps back, though the wall clock does', () => {
    const machine = new Machine()
    machine.run(10)
    machine.wall -= HOUR_MS
    let before = machine.clock.now()
    equal(before, START_MS + 10)
    for (const step of [() => machine.run(1), () => machine.suspend(2 * HOUR_MS), () => machine.suspend(-HOUR_MS)]) {
      step()
      const now = machine.clock.now()
      ok(now >= before, `${now} after ${before}`)
      before = now
    }
  })

  it('takes no pause of its process for a sleep of the machine', () => {
    const machine = new Machine()
    machine.between = () => {
      machine.run(HOUR_MS)
      machine.between = () => {}
    }
    const resumed = machine.clock.now()
    equal(machine.clock.now(), resumed)
    equal(resumed, START_MS + HOUR_MS)
  })
})
