import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { OFFENCES, type Offence, penaltyDefaults } from '../../src/config/index.ts'
import { Penalties, penalize, scoreAt, type Standing } from '../../src/peers/index.ts'

const { halfLifeMs, banMs, banScore, disconnectScore, scoresMax, bansMax } = penaltyDefaults
const CLEAN: Standing = { score: 0, at: 0 }
const OFF_LOOPBACK = '/ip4/192.0.2.7/tcp/4001'
const offences = Object.keys(OFFENCES) as Offence[]

describe('a penalty', () => {
  const table: readonly [string, Standing, Offence, number, number, string][] = [
    ['the first lie ends the connection', CLEAN, 'malformed', 0, 60, 'disconnect'],
    ['the second bans', { score: 60, at: 0 }, 'forged-block', 0, 120, 'ban'],
    ['half is forgiven after a half-life', { score: 60, at: 0 }, 'forged-block', halfLifeMs, 90, 'disconnect'],
    ['a flood counts one by one', { score: 10, at: 0 }, 'flood', 0, 11, 'none'],
    ['a flood bans in the end', { score: 99, at: 0 }, 'flood', 0, 100, 'ban'],
    ['a timeout costs little', CLEAN, 'timeout', 0, 1, 'none'],
    ['timeouts alone go no further than their limit', { score: 40, at: 0 }, 'timeout', 0, 40, 'none'],
    ['a small offence forgives nothing', { score: 60, at: 0 }, 'timeout', 0, 60, 'none'],
    ['claims without proof disconnect', { score: 45, at: 0 }, 'undelivered', 0, 55, 'disconnect'],
    ['and never ban', { score: 60, at: 0 }, 'undelivered', 0, 60, 'none'],
    ['being elsewhere is no crime', CLEAN, 'stranger', 0, 0, 'none'],
    ['what nobody can know is not held against anyone', CLEAN, 'unprovable', 0, 0, 'none'],
    ['a clock that steps back forgives nothing', { score: 60, at: 1000 }, 'flood', 0, 61, 'disconnect']
  ]
  for (const [rule, standing, offence, now, score, action] of table) {
    it(rule, () => {
      const judged = penalize(standing, offence, now)
      deepEqual([judged.standing.score, judged.action], [score, action])
    })
  }

  it('never lowers a score, and never bans for what an honest node may do', () => {
    const honest = offences.filter((each) => 'scoreMax' in OFFENCES[each] || OFFENCES[each].weight === 0)
    ok(honest.includes('timeout') && honest.includes('undelivered') && honest.includes('unprovable'))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...honest), fc.nat(5000)), { maxLength: 500 }), (steps) => {
        let standing = CLEAN
        let now = 0
        for (const [offence, wait] of steps) {
          now += wait
          const before = scoreAt(standing, now)
          const judged = penalize(standing, offence, now)
          ok(judged.standing.score >= before)
          ok(judged.action !== 'ban')
          standing = judged.standing
        }
      }),
      { seed: 1 }
    )
  })

  it('has a reason to exist: every weight bans at some time or never can', () => {
    for (const offence of offences) {
      let standing = CLEAN
      let action = 'none'
      for (let i = 0; i < banScore && action !== 'ban'; i++) ({ standing, action } = penalize(standing, offence, 0))
      const terms = OFFENCES[offence]
      equal(action === 'ban', terms.weight > 0 && !('scoreMax' in terms), offence)
    }
    ok(disconnectScore < banScore)
  })
})

describe('penalties', () => {
  const banned = (peer: string, address?: string, now = 0): Penalties => {
    const penalties = new Penalties()
    penalties.report(peer, 'malformed', now, address)
    equal(penalties.report(peer, 'malformed', now, address).action, 'ban')
    return penalties
  }

  it('ban for a time, and start afresh after it', () => {
    const penalties = banned('liar')
    deepEqual(penalties.bans(0), [{ peer: 'liar', reason: 'malformed', until: banMs }])
    ok(penalties.isBanned('liar', undefined, banMs - 1))
    ok(!penalties.isBanned('other', undefined, 0))
    ok(!penalties.isBanned('liar', undefined, banMs))
    deepEqual(penalties.bans(banMs), [])
    equal(penalties.report('liar', 'malformed', banMs).action, 'disconnect')
  })

  it('refuse the address too, but on loopback, which everyone shares', () => {
    const penalties = banned('liar', OFF_LOOPBACK)
    ok(penalties.isBanned('other', '/ip4/192.0.2.7/tcp/9', 0))
    ok(penalties.isBanned(undefined, '/ip4/192.0.2.7/tcp/9', 0))
    ok(!penalties.isBanned('other', '/ip4/192.0.2.8/tcp/9', 0))
    // One host has a /64 of IPv6 to itself.
    const six = banned('liar', '/ip6/2001:db8:1:2::5/tcp/1')
    ok(six.isBanned('other', '/ip6/2001:0db8:1:2:ffff::9/tcp/1', 0))
    ok(!six.isBanned('other', '/ip6/2001:db8:1:3::5/tcp/1', 0))
    for (const host of ['/ip4/127.0.0.1', '/ip4/127.9.9.9', '/ip6/::1', '/dns4/localhost']) {
      ok(!banned('liar', `${host}/tcp/1`).isBanned('other', `${host}/tcp/2`, 0), host)
    }
  })

  it('add up for an address, whatever keys it uses, but on loopback', () => {
    const lieAs = (penalties: Penalties, peer: string, address: string) =>
      penalties.report(peer, 'malformed', 0, address).action
    const penalties = new Penalties()
    equal(lieAs(penalties, 'one', OFF_LOOPBACK), 'disconnect')
    equal(lieAs(penalties, 'elsewhere', '/ip4/192.0.2.8/tcp/4001'), 'disconnect')
    equal(lieAs(penalties, 'another', '/ip4/192.0.2.7/tcp/9'), 'ban')
    deepEqual(penalties.bans(0), [{ peer: 'another', ip: '192.0.2.7', reason: 'malformed', until: banMs }])
    ok(penalties.isBanned('one', OFF_LOOPBACK, 0))
    equal(lieAs(penalties, 'third', '/ip4/127.0.0.1/tcp/1'), 'disconnect')
    equal(lieAs(penalties, 'fourth', '/ip4/127.0.0.1/tcp/2'), 'disconnect')
  })

  it('never ban an address for what many honest nodes behind it do', () => {
    const penalties = new Penalties()
    for (let i = 0; i < 500; i++) {
      const { action } = penalties.report(`p${i}`, i % 2 === 0 ? 'timeout' : 'undelivered', i, OFF_LOOPBACK)
      equal(action, 'none')
    }
  })

  it('are the same after a restart; what was stored and makes no sense is left out', () => {
    const stored: unknown = JSON.parse(JSON.stringify(banned('liar', OFF_LOOPBACK).bans(0)))
    const again = new Penalties([
      ...(stored as unknown[]),
      null,
      7,
      { peer: 'x' },
      { peer: 'x', reason: 'y', until: 1 }
    ])
    ok(again.isBanned('liar', undefined, 0))
    ok(again.isBanned('other', '/ip4/192.0.2.7/tcp/9', 0))
    equal(again.bans(0).length, 1)
    for (const nonsense of [undefined, null, 'liar', {}]) equal(new Penalties(nonsense).bans(0).length, 0)
  })

  it('remember no more peers than their bounds, the latest offenders and the longest bans', () => {
    const penalties = new Penalties()
    for (let i = 0; i < scoresMax + 10; i++) penalties.report(`p${i}`, 'flood', i)
    equal(penalties.size.scores, scoresMax)
    equal(penalties.score('p0', 0), 0)
    for (let i = 0; i < bansMax + 3; i++) {
      penalties.report(`b${i}`, 'malformed', i)
      penalties.report(`b${i}`, 'malformed', i)
    }
    equal(penalties.size.bans, bansMax)
    ok(!penalties.isBanned('b0', undefined, bansMax) && penalties.isBanned(`b${bansMax + 2}`, undefined, bansMax))
  })
})
