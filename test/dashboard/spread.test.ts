// How one item spreads, as the page shows it: waves, coverage, the propagation tree.
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Change } from '../../src/api/client/index.ts'
import { coverageAt, markedBlocks, newestBlocks } from '../../src/dashboard/view/coverage.ts'
import { scaleOf } from '../../src/dashboard/view/strip.ts'
import { treeOf } from '../../src/dashboard/view/tree.ts'
import { wavesAt } from '../../src/dashboard/view/waves.ts'
import { timelineOf, item, arrivals, named } from './timeline.ts'

describe('a wave', () => {
  const timeline = timelineOf([
    item('a', 100),
    arrivals('a', 110, [
      [1, 0, 0],
      [2, 10, 1],
      [3, 30, -1]
    ])
  ])

  it('travels from who told to who was told, and glows where it has come', () => {
    const at = (moment: number) => wavesAt(timeline, moment, { glowMs: 15 })
    deepEqual(at(99), { pulses: [], glows: [] })
    deepEqual(at(105).pulses, [{ kind: 'block', from: 0, to: 1, progress: 0.5, fetched: false }])
    deepEqual(at(115).pulses, [{ kind: 'block', from: 1, to: 2, progress: 0.5, fetched: false }])
    deepEqual(
      at(121).glows.map(({ node, strength }) => [node, Number(strength.toFixed(2))]),
      [
        [1, 0.27],
        [2, 0.93]
      ]
    )
    deepEqual(at(156), { pulses: [], glows: [] })
  })

  it('has what was fetched on its way for a moment, not since its sender had it', () => {
    const late = arrivals('a', 5000, [[1, 0, 0]])
    ok(late.type === 'arrivals')
    const fetched = timelineOf([item('a', 100), { ...late, via: [3] }])
    const at = (moment: number) => wavesAt(fetched, moment, { glowMs: 15 }).pulses
    deepEqual(at(4500), [])
    deepEqual(at(4800), [{ kind: 'block', from: 0, to: 1, progress: 0.5, fetched: true }])
  })

  it('does not cross a cut before it is healed, nor leave before there is a connection', () => {
    const link = (at: number, on: boolean): Change => ({ type: 'link', kind: 'connection', node: 0, peer: 1, at, on })
    const pulses = (changes: Change[], moment: number) =>
      wavesAt(timelineOf([...changes, item('a', 100), arrivals('a', 5000, [[1, 0, 0]])]), moment, { glowMs: 15 }).pulses
    const cut: Change[] = [
      { type: 'fault', fault: 'partition', at: 50, nodes: [0, 1], groups: [0, 1] },
      { type: 'fault', fault: 'heal', at: 4000, nodes: [0, 1] }
    ]
    const flight = [{ kind: 'block', from: 0, to: 1, progress: 0.5, fetched: false }]
    deepEqual([pulses(cut, 3900), pulses(cut, 4500)], [[], flight])
    // Nor where it was healed just before it arrived, gossiped or fetched.
    for (const via of [1, 3]) {
      const told = arrivals('a', 4100, [[1, 0, 0]])
      ok(told.type === 'arrivals')
      const short = timelineOf([...cut, item('a', 3900), { ...told, via: [via] }])
      const progress = (moment: number) => wavesAt(short, moment, { glowMs: 15 }).pulses.map((pulse) => pulse.progress)
      deepEqual([progress(3950), progress(4050)], [[], [0.5]])
    }
    const apart = [link(10, true), link(60, false), link(4000, true)]
    deepEqual([pulses(apart, 3900), pulses(apart, 4500)], [[], flight])
  })

  it('is that of one item while it is replayed', () => {
    deepEqual(wavesAt(timeline, 105, { glowMs: 15, only: 'b' }), { pulses: [], glows: [] })
  })
})

describe('coverage', () => {
  it('counts those who were up, without whoever made it', () => {
    const timeline = timelineOf([
      { type: 'state', node: 3, at: 50, state: 'down' },
      item('a', 100),
      arrivals('a', 110, [
        [1, 0, 0],
        [2, 10, 1]
      ])
    ])
    const block = named(timeline.blocks.get('a'))
    deepEqual(coverageAt(timeline, block), { arrivals: [10, 20], nodes: 2, t50: 10, t95: 20, t100: 20 })
    deepEqual(coverageAt(timeline, block, 115), { arrivals: [10], nodes: 2, t50: 10, t95: null, t100: null })
  })

  it('gives the newest blocks up to a moment', () => {
    const timeline = timelineOf([item('b', 200), item('a', 100), item('c', 300)])
    deepEqual(
      newestBlocks(timeline, 250, 5).map(({ id }) => id),
      ['b', 'a']
    )
    equal(newestBlocks(timeline, 999, 1)[0]?.id, 'c')
  })

  it('has marks all over the time, one for each stretch', () => {
    const blocks = Array.from({ length: 100 }, (_, n) => item(`a${n}`, 100 * n))
    deepEqual(
      markedBlocks(timelineOf(blocks), 0, 10_000, 5).map(({ at }) => at),
      [0, 2000, 4000, 6000, 8000]
    )
  })

  it('is drawn to a scale that one late block does not spoil', () => {
    const of = (t95: number) => ({ arrivals: [], nodes: 1, t50: t95, t95, t100: t95 })
    const scale = scaleOf([of(10), of(10), of(12), of(20_000)])
    deepEqual([scale.full, scale.of(10), scale.of(20_000), scale.of(null)], [25, 0.4, 1, 1])
  })
})

describe('the propagation tree', () => {
  it('is drawn depth first, also where senders are unknown or lie', () => {
    const timeline = timelineOf([
      item('a', 100),
      arrivals('a', 110, [
        [1, 0, 0],
        [2, 10, 3],
        [3, 12, 2]
      ])
    ])
    deepEqual(
      treeOf(named(timeline.blocks.get('a'))).map(({ node, parent, depth, ms }) => [node, parent, depth, ms]),
      [
        [0, undefined, 0, 0],
        [1, 0, 1, 10],
        [2, undefined, 0, 20],
        [3, 2, 1, 22]
      ]
    )
  })
})

describe('the propagation tree at a moment', () => {
  it('has those that had it then', () => {
    const timeline = timelineOf([
      item('a', 100),
      arrivals('a', 110, [
        [1, 0, 0],
        [2, 10, 1]
      ])
    ])
    const nodes = (at?: number) => treeOf(named(timeline.blocks.get('a')), at).map(({ node }) => node)
    deepEqual([nodes(99), nodes(115), nodes()], [[], [0, 1], [0, 1, 2]])
  })
})
