import { equal } from 'node:assert/strict'
import fc from 'fast-check'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { Fifo } from '../../src/runtime/fifo.ts'
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
    for (const count of [0, 1, 300]) equal(await verifier.verifyAll(checks(count)), true)
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
