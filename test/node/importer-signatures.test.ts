import { deepEqual, equal } from 'node:assert/strict'
import { SignatureChecks } from '../../src/node/importer-signatures.ts'
import { realYield, type SignatureCheck } from '../../src/runtime/index.ts'
import type { Transaction } from '../../src/wire/index.ts'
import { transfer } from '../store/sealed-chain.ts'

/** Answers when told to; remembers what it was asked in which order. */
class SlowVerifier {
  readonly asked: number[] = []
  readonly #answers: PromiseWithResolvers<boolean>[] = []

  verify = (): Promise<boolean> => Promise.reject(new Error('not used'))

  verifyAll = (checks: readonly SignatureCheck[]): Promise<boolean> => {
    this.asked.push(checks.length)
    const answer = Promise.withResolvers<boolean>()
    this.#answers.push(answer)
    return answer.promise
  }

  async answer(valid = true): Promise<void> {
    this.#answers.shift()?.resolve(valid)
    await realYield()
  }
}

const signatureSlice = 2
const list = (from: string, count: number): Transaction[] =>
  Array.from({ length: count }, (_, nonce) => transfer(from, 'p1', nonce))

function setUp() {
  const verifier = new SlowVerifier()
  const checks = new SignatureChecks({ mempool: { has: () => false }, verifier }, { signatureSlice, verifiedMax: 100 })
  return { verifier, checks }
}

describe('signatures of large blocks', () => {
  it('are checked one block after another, the next as soon as the last slice of the one before is given', async () => {
    const { verifier, checks } = setUp()
    const done: string[] = []
    const first = checks.verify(list('p0', 6), true).then(() => done.push('first'))
    const second = checks.verify(list('p2', 3), true).then(() => done.push('second'))
    await realYield()
    deepEqual(verifier.asked, [2, 2])
    await verifier.answer()
    // The first block's last slice.
    deepEqual(verifier.asked, [2, 2, 2])
    await verifier.answer()
    deepEqual(verifier.asked, [2, 2, 2, 2, 1])
    for (let i = 0; i < 3; i++) await verifier.answer()
    await Promise.all([first, second])
    deepEqual(done, ['first', 'second'])
  })

  it('hold up neither a few transactions nor a block whose signatures are known', async () => {
    const { verifier, checks } = setUp()
    const known = list('p2', 4)
    const verified = checks.verify(known, true)
    await realYield()
    for (let i = 0; i < 2; i++) await verifier.answer()
    equal(await verified, true)
    const large = checks.verify(list('p0', 8), true)
    await realYield()
    equal(await checks.verify(known, true), true)
    const few = checks.verify(list('p3', 2), false)
    await realYield()
    // Two slices of the known block, two of the large one under way, and the few.
    deepEqual(verifier.asked, [2, 2, 2, 2, 2])
    for (let i = 0; i < 5; i++) await verifier.answer()
    deepEqual(await Promise.all([large, few]), [true, true])
  })

  it('of a block do not wait for those of large batches of gossip', async () => {
    const { verifier, checks } = setUp()
    const batch = checks.verify(list('p0', 8), false)
    const block = checks.verify(list('p2', 3), true)
    await realYield()
    deepEqual(verifier.asked, [2, 2, 2, 1])
    for (let i = 0; i < 6; i++) await verifier.answer()
    deepEqual(await Promise.all([batch, block]), [true, true])
  })

  it('give the turn on when one is bad', async () => {
    const { verifier, checks } = setUp()
    const bad = checks.verify(list('p0', 8), true)
    const next = checks.verify(list('p2', 3), true)
    await realYield()
    await verifier.answer(false)
    await verifier.answer()
    equal(await bad, false)
    for (let i = 0; i < 2; i++) await verifier.answer()
    equal(await next, true)
  })
})
