import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { Fifo } from '../../src/runtime/fifo.ts'
import { IN_FLIGHT_MAX, IN_FLIGHT_MIN, InFlight } from '../../src/runtime/in-flight.ts'
import { PoolVerifier, type SignatureCheck } from '../../src/runtime/index.ts'

const key = keyPairFromLabel('verifier test')
function checks(count: number): SignatureCheck[] {
  return Array.from({ length: count }, (_, i) => {
    const message = Uint8Array.of(i & 255, i >> 8)
    return { publicKey: key.publicKey, message, signature: key.sign(message) }
  })
}

describe('the pool verifier', () => {
  it('says yes when all hold, also of none and of more than are in flight', async () => {
    const verifier = new PoolVerifier()
    for (const count of [0, 1, 2 * IN_FLIGHT_MIN + 1]) equal(await verifier.verifyAll(checks(count)), true)
  })

  it('says no wherever the bad one is, and goes on for others', async () => {
    const verifier = new PoolVerifier()
    for (const at of [0, 150, 299]) {
      const bad = checks(300)
      bad[at] = { ...(bad[at] as SignatureCheck), signature: new Uint8Array(64).fill(1) }
      const other = verifier.verifyAll(checks(200))
      equal(await verifier.verifyAll(bad, true), false)
      equal(await other, true)
    }
  })

  it('says no to a key of another length', async () => {
    const [check] = checks(1) as [SignatureCheck]
    equal(await new PoolVerifier().verify({ ...check, publicKey: key.publicKey.subarray(1) }), false)
  })
})

describe('what the thread pool is given at a time', () => {
  /** Gives all that there is room for, of `waiting`, then has so many done in one turn of the loop. */
  function turn(inFlight: InFlight, waiting: number, done: (given: number) => number): number {
    for (let i = 0; i < waiting && inFlight.hasRoom; i++) inFlight.give()
    const given = inFlight.given
    const firsts = Array.from({ length: done(given) }, () => inFlight.done())
    equal(firsts.filter(Boolean).length, Math.min(1, firsts.length))
    inFlight.endTurn()
    return given
  }
  const many = 2 * IN_FLIGHT_MAX
  const all = (given: number): number => given

  it('is more after each turn that found a quarter of it done while more waited, up to a limit', () => {
    const inFlight = new InFlight()
    const given = Array.from({ length: 6 }, () => turn(inFlight, many, (given) => given / 4))
    deepEqual(given, [512, 1024, 2048, 4096, 4096, 4096])
  })

  it('stays where turns find less of it done, or nothing waited', () => {
    const inFlight = new InFlight()
    for (let i = 0; i < 5; i++) turn(inFlight, many, (given) => given / 4 - 1)
    for (let i = 0; i < 5; i++) turn(inFlight, 10, all)
    equal(turn(inFlight, many, all), IN_FLIGHT_MIN)
  })

  it('is less again when turns find little done', () => {
    const inFlight = new InFlight()
    for (let i = 0; i < 5; i++) turn(inFlight, many, all)
    turn(inFlight, many, all)
    equal(
      turn(inFlight, many, () => IN_FLIGHT_MAX / 2),
      IN_FLIGHT_MAX
    )
    while (inFlight.given > 0) turn(inFlight, 0, (given) => Math.min(given, 100))
    equal(turn(inFlight, many, all), IN_FLIGHT_MIN)
  })
})

describe('a first-in-first-out queue', () => {
  it('gives what an array would, however pushes and shifts mix', () => {
    const moves = fc.array(fc.record({ push: fc.nat(3000), shift: fc.nat(3000) }), { maxLength: 10 })
    fc.assert(
      fc.property(moves, (plan) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        let pushed = 0
        for (const { push, shift } of plan) {
          for (let i = 0; i < push; i++) {
            fifo.push(pushed)
            model.push(pushed++)
          }
          for (let i = 0; i < shift; i++) if (fifo.shift() !== model.shift()) return false
        }
        return true
      }),
      { seed: 1, numRuns: 50 }
    )
  })
})
