// The moment that is shown: live, in slow motion, replayed, scrubbed.
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Change, Timeline } from '../../src/api/client/index.ts'
import { Playback } from '../../src/dashboard/view/playback.ts'
import { timelineOf, item, arrivals, named } from './timeline.ts'

describe('playback', () => {
  const frame = 16
  const play = (playback: Playback, timeline: Timeline, from: number, frames: number): void => {
    for (let i = 1; i <= frames; i++) playback.advance(timeline, from + i * frame, frame)
  }

  it('follows the newest moment at its pace', () => {
    const playback = new Playback()
    const timeline = timelineOf([])
    play(playback, timeline, 1000, 100)
    ok(Math.abs(playback.at - (1000 + 100 * frame - 200)) < 40)
  })

  it('slows down while a block spreads, then makes up for it', () => {
    const playback = new Playback()
    const timeline = timelineOf([
      item('a', 2000),
      arrivals('a', 2010, [
        [1, 0, 0],
        [2, 20, 1],
        [3, 30, 2]
      ])
    ])
    play(playback, timeline, 2190, 5)
    ok(playback.at >= 2000 && playback.at < 2010, `at ${playback.at}`)
    ok(playback.rate < 0.05)
    play(playback, timeline, 2190 + 5 * frame, 200)
    const behind = 2190 + 205 * frame - 200 - playback.at
    ok(behind >= 0 && behind < 100, `behind ${behind}`)
  })

  it('slows down for any wave of the past, and for how it spread before somebody fetched it late', () => {
    const blocks = Array.from({ length: 20 }, (_, n) => [
      item(`a${n}`, n * 400),
      arrivals(`a${n}`, n * 400, [
        [1, 5, 0],
        [2, 10, 1],
        ...(n === 1 ? ([[3, 7000, 2]] as [number, number, number][]) : [])
      ])
    ])
    const timeline = timelineOf(blocks.flat())
    for (const start of [0, 400, 1200, 7600]) {
      const playback = new Playback()
      playback.seek(start)
      playback.isPaused = false
      play(playback, timeline, 9000, 40)
      ok(playback.at > start && playback.at < start + 10, `${playback.at} after ${start}`)
    }
    // A replay ends with the wave, too.
    const playback = new Playback()
    playback.seek(9000)
    playback.replay(named(timeline.blocks.get('a1')))
    play(playback, timeline, 9000, 300)
    ok(playback.isPaused && playback.at < 420, `at ${playback.at}`)
  })

  it('never falls behind for good, however many waves there are', () => {
    const playback = new Playback()
    const waves = Array.from({ length: 60 }, (_, n) => [
      item(`a${n}`, 1000 + n * 200),
      arrivals(`a${n}`, 1010 + n * 200, [
        [1, 0, 0],
        [2, 40, 1]
      ])
    ])
    const timeline = timelineOf(waves.flat())
    play(playback, timeline, 1000, 700)
    ok(1000 + 700 * frame - playback.at < 5000)
  })

  it('stays where it was put, steps from wave to wave, and comes back', () => {
    const playback = new Playback()
    const timeline = timelineOf([item('a', 2000), item('b', 3000)])
    playback.seek(2500)
    play(playback, timeline, 9000, 50)
    deepEqual([playback.at, playback.isLive], [2500, false])
    playback.step(timeline, -1)
    equal(playback.at, 2000)
    playback.step(timeline, 1)
    equal(playback.at, 3000)
    playback.live()
    play(playback, timeline, 9000, 3)
    ok(playback.isLive && playback.at > 8000)
  })

  it('does not stay at a moment that was forgotten, and goes back to the beginning as long as that is known', () => {
    const playback = new Playback()
    const blocks = (from: number, to: number): Change[] =>
      Array.from({ length: to - from }, (_, n) => item(`a${from + n}`, (from + n) * 100, { height: from + n }))
    const timeline = timelineOf(blocks(1, 10))
    equal(timeline.from, 0)
    playback.seek(50)
    play(playback, timeline, 1000, 1)
    equal(playback.at, 50)
    timeline.apply({ seq: 2, now: 60_000, changes: blocks(10, 600) })
    play(playback, timeline, 60_000, 1)
    deepEqual([playback.at, playback.isPaused], [timeline.from, true])
    ok(timeline.from > 40_000)
  })

  it('replays one item slowly, then goes on as before', () => {
    const playback = new Playback()
    const timeline = timelineOf([
      item('a', 2000),
      arrivals('a', 2010, [
        [1, 0, 0],
        [2, 90, 1]
      ])
    ])
    play(playback, timeline, 9000, 3)
    playback.replay(named(timeline.blocks.get('a')))
    play(playback, timeline, 9048, 100)
    deepEqual([playback.replaying, playback.isLive], ['a', false], 'what is long ago is not live')
    ok(playback.at > 2000 && playback.at < 2100)
    play(playback, timeline, 10_648, 200)
    deepEqual([playback.replaying, playback.isLive], [undefined, true])
  })
})
