import { equal } from 'node:assert/strict'
import { MEMBERSHIP_LIMITS } from '../../src/config/index.ts'
import { PeerQuotas } from '../../src/membership/peer-quotas.ts'

const { allowanceMaxBytes, allowanceBytesPerRound, allowancesMax } = MEMBERSHIP_LIMITS

describe('allowances of peers', () => {
  it('are less by what was drawn, and whole again after some rounds', () => {
    const quotas = new PeerQuotas()
    quotas.spend('a', 2 * allowanceBytesPerRound)
    const left = [quotas.allowance('a')]
    for (let round = 0; round < 3; round++) {
      quotas.newRound()
      left.push(quotas.allowance('a'))
    }
    const drawn = left.map((bytes) => (allowanceMaxBytes - bytes) / allowanceBytesPerRound)
    equal(drawn.join(), '2,1,0,0')
  })

  it('are kept for so many peers, those that drew last', () => {
    const quotas = new PeerQuotas()
    for (let i = 0; i < allowancesMax; i++) quotas.spend(`p${i}`, 1000)
    quotas.spend('p0', 1000)
    quotas.spend('one more', 1000)
    equal(quotas.allowance('p1'), allowanceMaxBytes)
    equal(quotas.allowance('p2'), allowanceMaxBytes - 1000)
    equal(quotas.allowance('p0'), allowanceMaxBytes - 2000)
  })
})
