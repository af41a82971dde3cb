import { deepEqual, equal, ok } from 'node:assert/strict'
import { type ConnectedPeer, decide, type KnownAddress, type PeersState } from '../../src/peers/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'

const TARGETS = { outbound: 4, connections: 6 }
const random = seededRandom(7)

const known = (ip: string, change: Partial<KnownAddress> = {}): KnownAddress => ({
  address: `/ip4/${ip}/tcp/1/p2p/${ip}`,
  peer: ip,
  table: 'new',
  source: 'a',
  proven: false,
  failures: 0,
  nextDialAt: 0,
  ...change
})
const connected = (ip: string, change: Partial<ConnectedPeer> = {}): ConnectedPeer => ({
  peer: ip,
  address: `/ip4/${ip}/tcp/1`,
  direction: 'inbound',
  openedAt: 0,
  penalty: 0,
  ...change
})
const state = (change: Partial<PeersState>): PeersState => ({
  targets: TARGETS,
  connected: [],
  dialling: [],
  busy: new Set(['me']),
  known: [],
  dialsFree: 16,
  isBanned: () => false,
  ...change
})
const many = (count: number, make: (i: number) => KnownAddress): KnownAddress[] =>
  Array.from({ length: count }, (_, i) => make(i))
const out = { direction: 'outbound' } as const

describe('whom to dial', () => {
  const cases: readonly [string, Partial<PeersState>, string[]][] = [
    ['nobody is known: nobody', {}, []],
    [
      'the user named one: it, whatever the target',
      { targets: undefined, known: [known('1.1.1.1', { table: 'pinned' })] },
      ['1.1.1.1 named']
    ],
    [
      'static: what it was connected to before',
      { targets: undefined, known: [known('1.1.1.1', { table: 'tried' })] },
      ['1.1.1.1 remembered']
    ],
    ['static: never what somebody told', { targets: undefined, known: [known('1.1.1.1')] }, []],
    [
      'an outbound target of 0: never what somebody told',
      { targets: { outbound: 0, connections: 6 }, known: [known('1.1.1.1')] },
      []
    ],
    ['below the target: one that somebody told', { known: [known('1.1.1.1')] }, ['1.1.1.1 outbound']],
    ['connected already: not again', { known: [known('1.1.1.1')], connected: [connected('1.1.1.1')] }, []],
    ['being dialled: not again', { known: [known('1.1.1.1')], busy: new Set(['1.1.1.1']) }, []],
    ['its wait is not over: later', { known: [known('1.1.1.1', { nextDialAt: 1001 })] }, []],
    ['its wait is over', { known: [known('1.1.1.1', { nextDialAt: 1000 })] }, ['1.1.1.1 outbound']],
    [
      'banned: never, also if named',
      { known: [known('1.1.1.1', { table: 'pinned' })], isBanned: (peer) => peer === '1.1.1.1' },
      []
    ],
    ['no dial is free: later', { known: [known('1.1.1.1', { table: 'pinned' }), known('2.2.2.2')], dialsFree: 0 }, []],
    [
      'two addresses of one peer: one at a time',
      { known: [known('1.1.1.1'), known('2.2.2.2', { peer: '1.1.1.1' })] },
      ['1.1.1.1 outbound']
    ],
    [
      'inbound ones do not count',
      { known: [known('1.1.1.1')], connected: ['5.1.1.1', '6.1.1.1', '7.1.1.1', '8.1.1.1'].map((ip) => connected(ip)) },
      ['1.1.1.1 outbound']
    ],
    [
      'at the target: nobody',
      {
        known: [known('1.1.1.1')],
        connected: ['5.1.1.1', '6.1.1.1', '7.1.1.1', '8.1.1.1'].map((ip) => connected(ip, out))
      },
      []
    ],
    [
      'dials under way count',
      {
        known: [known('1.1.1.1')],
        connected: ['5.1.1.1', '6.1.1.1'].map((ip) => connected(ip, out)),
        dialling: ['/ip4/7.1.1.1', '/ip4/8.1.1.1']
      },
      []
    ],
    [
      'one address group has all: it must do',
      { targets: { outbound: 1, connections: 6 }, known: [known('5.1.1.1')], connected: [] },
      ['5.1.1.1 outbound']
    ]
  ]
  for (const [rule, change, expected] of cases) {
    it(rule, () => {
      const { connect } = decide(state(change), 1000, random)
      deepEqual(
        connect.map(({ peer, reason }) => `${peer} ${reason}`),
        expected
      )
    })
  }

  it('prefers address groups that it is not connected to', () => {
    const crowd = many(50, (i) => known(`5.1.${i}.1`))
    for (let round = 0; round < 20; round++) {
      const { connect } = decide(
        state({
          known: [...crowd, known('6.1.1.1'), known('7.1.1.1')],
          connected: [connected('5.1.200.1', out)]
        }),
        0,
        random
      )
      const groups = connect.map(({ peer }) => peer.slice(0, 3))
      deepEqual([...groups].sort(), ['5.1', '6.1', '7.1'])
      equal(groups[2], '5.1')
    }
  })

  /** Share of first picks that `isOwned` is true for. */
  const share = (addresses: readonly KnownAddress[], isOwned: (peer: string) => boolean): number => {
    const rounds = 2000
    let owned = 0
    for (let i = 0; i < rounds; i++) {
      const [first] = decide(state({ known: addresses }), 0, random).connect
      if (first !== undefined && isOwned(first.peer)) owned++
    }
    return owned / rounds
  }

  it('is not taken over by many addresses of one group, nor by many of one source', () => {
    const honest = many(4, (i) => known(`${20 + i}.1.1.1`, { source: `s${i}` }))
    const oneGroup = many(200, (i) => known(`5.1.${i}.1`, { source: 'liar' }))
    const manyGroups = many(200, (i) => known(`5.${i}.1.1`, { source: 'liar' }))
    const isLiar = (peer: string): boolean => peer.startsWith('5.')
    for (const flood of [oneGroup, manyGroups]) {
      const owned = share([...honest, ...flood], isLiar)
      ok(Math.abs(owned - 1 / 5) < 0.05, `${owned} of the picks`)
    }
  })

  it('takes every other pick from those that led to a peer before, however many are told', () => {
    const told = many(200, (i) => known(`5.${i}.1.1`, { source: `s${i}` }))
    const owned = share([known('20.1.1.1', { table: 'tried', source: '' }), ...told], (peer) => peer.startsWith('5.'))
    ok(Math.abs(owned - 1 / 2) < 0.05, `${owned} of the picks`)
  })
})

describe('whom to let go', () => {
  const six = ['1.1.1.1', '2.1.1.1', '3.1.1.1', '4.1.1.1', '5.1.1.1', '6.1.1.1'].map((ip, i) =>
    connected(ip, { openedAt: i })
  )
  const cases: readonly [string, Partial<PeersState>, string[]][] = [
    ['nobody at the limit', { connected: six }, []],
    ['above it, the youngest', { connected: [...six, connected('7.1.1.1', { openedAt: 9 })] }, ['7.1.1.1 too-many']],
    [
      'above it, an offender first',
      { connected: [...six.with(0, connected('1.1.1.1', { penalty: 10 })), connected('7.1.1.1', { openedAt: 9 })] },
      ['1.1.1.1 too-many']
    ],
    [
      'above it, one of the crowd before the youngest',
      { connected: [...six, connected('3.1.9.9', { openedAt: -1 }), connected('7.1.1.1', { openedAt: 9 })] },
      ['3.1.1.1 too-many', '7.1.1.1 too-many']
    ],
    [
      'never an outbound one',
      { connected: [...six.map((each) => ({ ...each, ...out })), connected('7.1.1.1', out)] },
      []
    ],
    [
      'never one that is outbound too',
      { connected: [...six.map((each) => ({ ...each, ...out })), connected('7.1.1.1', out), connected('7.1.1.1')] },
      []
    ],
    [
      'never one that the user named',
      { connected: [...six, connected('7.1.1.1', { openedAt: 9 })], known: [known('7.1.1.1', { table: 'pinned' })] },
      ['6.1.1.1 too-many']
    ],
    ['static: nobody', { targets: undefined, connected: [...six, connected('7.1.1.1')] }, []],
    [
      'the banned, always',
      { targets: undefined, connected: six, isBanned: (peer) => peer === '1.1.1.1' },
      ['1.1.1.1 banned']
    ],
    [
      'the banned first, and no more than needed',
      { connected: [...six, connected('7.1.1.1')], isBanned: (peer) => peer === '1.1.1.1' },
      ['1.1.1.1 banned']
    ]
  ]
  for (const [rule, change, expected] of cases) {
    it(rule, () => {
      const { disconnect } = decide(state(change), 0, random)
      deepEqual(
        disconnect.map(({ peer, reason }) => `${peer} ${reason}`),
        expected
      )
    })
  }
})
