import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { asertTarget } from '../../src/ledger/consensus/asert.ts'
import { bitsToTarget, POW_LIMIT, POW_LIMIT_BITS, targetToBits, targetToWork } from '../../src/ledger/index.ts'

interface AsertRun {
  run: number
  anchorHeight: string
  anchorParentTime: string
  anchorBits: string
  rows: [height: string, time: string, bits: string][]
}

const BITCOIN_LIMIT = 0xffffn << 208n

describe('Compact targets', () => {
  // Known encodings of Bitcoin's nBits.
  const cases: [bits: number, target: bigint | undefined][] = [
    [0x1d00ffff, BITCOIN_LIMIT],
    [0x1b0404cb, 0x0404cbn << 192n],
    [POW_LIMIT_BITS, POW_LIMIT],
    [0x01120000, 0x12n],
    [0x02123400, 0x1234n],
    [0x03123456, 0x123456n],
    [0x05009234, 0x92340000n]
  ]
  for (const [bits, target] of cases) {
    it(`0x${bits.toString(16).padStart(8, '0')} decodes as in Bitcoin and encodes back`, () => {
      assert.equal(bitsToTarget(bits), target)
      if (target !== undefined) assert.equal(targetToBits(target), bits)
    })
  }

  it('refuses zero, negative and oversized targets', () => {
    for (const bits of [0, 0x01003456, 0x1d000000, 0x04923456, 0x01fedcba, 0x2100ffff + 0x00010000, 0xff123456]) {
      assert.equal(bitsToTarget(bits), undefined, bits.toString(16))
    }
    assert.throws(() => targetToBits(0n), RangeError)
    assert.throws(() => targetToBits(1n << 256n), RangeError)
  })

  it('counts a header as the hashes it takes: 2^256 / (target + 1)', () => {
    assert.equal(targetToWork(BITCOIN_LIMIT), 0x100010001n)
    assert.equal(targetToWork((1n << 255n) - 1n), 2n)
  })
})

describe('ASERT', () => {
  const { runs }: { runs: AsertRun[] } = JSON.parse(
    readFileSync(new URL('../vectors/asert.json', import.meta.url), 'utf8')
  )
  for (const { run, anchorHeight, anchorParentTime, anchorBits, rows } of runs) {
    it(`agrees with the specification's run ${run} (${rows.length} blocks)`, () => {
      const anchorTarget = bitsToTarget(Number(anchorBits)) ?? 0n
      for (const [height, time, bits] of rows) {
        const target = asertTarget({
          anchorTarget,
          timeDelta: BigInt(time) - BigInt(anchorParentTime),
          heightDelta: BigInt(height) - BigInt(anchorHeight),
          interval: 600n,
          halfLife: 172_800n,
          limit: BITCOIN_LIMIT
        })
        assert.equal(targetToBits(target), Number(bits), `height ${height}`)
      }
    })
  }

  it('doubles the target one half-life behind schedule and halves it one ahead', () => {
    const at = (lateness: bigint) =>
      asertTarget({
        anchorTarget: 1n << 200n,
        timeDelta: 10n + lateness,
        heightDelta: 0n,
        interval: 10n,
        halfLife: 60n,
        limit: POW_LIMIT
      })
    assert.equal(at(0n), 1n << 200n)
    assert.equal(at(60n), 1n << 201n)
    assert.equal(at(-60n), 1n << 199n)
  })

  it('stays between 1 and the limit whatever a clock says', () => {
    const input = { anchorTarget: 1n << 200n, heightDelta: 0n, interval: 1n, halfLife: 1n, limit: POW_LIMIT }
    assert.equal(asertTarget({ ...input, timeDelta: 1n << 60n }), POW_LIMIT)
    assert.equal(asertTarget({ ...input, timeDelta: -(1n << 60n) }), 1n)
    assert.equal(asertTarget({ ...input, timeDelta: -300n }), 1n)
  })
})
