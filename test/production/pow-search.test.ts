import { equal, ok } from 'node:assert/strict'
import { NonceSearch } from '../../src/production/index.ts'
import { decodeHeader, encodeHeader } from '../../src/wire/index.ts'

const header = (): Uint8Array =>
  encodeHeader({
    network: '0102030405060708',
    parent: '11'.repeat(32),
    height: 7,
    time: 1,
    merkleRoot: '22'.repeat(32),
    producer: '33'.repeat(32),
    bits: 0x207fffff,
    nonce: '00'.repeat(8)
  })

describe('nonce search', () => {
  it('finds a header whose hash is at or under the target, in about as many tries as expected', () => {
    const target = (1n << 256n) / 256n
    let tries = 0
    for (let start = 0; start < 50; start++) {
      const search = new NonceSearch(header(), target, start)
      let found: Uint8Array | undefined
      for (; found === undefined; tries++) found = search.run(1)
      ok(BigInt(`0x${decodeHeader(found).hash}`) <= target)
    }
    ok(tries > 50 * 128 && tries < 50 * 512, `${tries} tries`)
  })

  it('continues where the last slice ended', () => {
    const target = (1n << 256n) / 1000n
    const whole = new NonceSearch(header(), target, 5).run(100_000)
    const sliced = new NonceSearch(header(), target, 5)
    let found: Uint8Array | undefined
    while (found === undefined) found = sliced.run(3)
    equal(decodeHeader(found).nonce, decodeHeader(whole ?? new Uint8Array()).nonce)
  })

  it('gives up at the end of a slice', () => {
    equal(new NonceSearch(header(), 0n, 0).run(1000), undefined)
  })
})
