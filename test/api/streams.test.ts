// What streams of server-sent events have in common, without sockets.
import { deepEqual, equal } from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Stream } from '../../src/api/streams.ts'

const STALLED_MS = 1000

/** Takes what is written only when it is told to. */
class FakeResponse extends EventEmitter {
  readonly texts: string[] = []
  writableLength = 0
  writableNeedDrain = false
  isDestroyed = false
  isEnded = false
  writeHead(): void {}
  write(text: string): void {
    this.texts.push(text)
    this.writableLength += text.length
  }
  take(): void {
    this.writableLength = 0
    this.emit('drain')
  }
  destroy(): void {
    this.isDestroyed = true
  }
  end(): void {
    this.isEnded = true
  }
}

describe('a stream of server-sent events', () => {
  let now = 0
  let taken = 0
  const open = () => {
    const response = new FakeResponse()
    const stream = new Stream(response as unknown as ServerResponse, {
      clock: { now: () => now },
      stalledMaxMs: STALLED_MS,
      onTaken: () => taken++
    })
    return { response, stream }
  }

  it('gives a sign of life at each beat that nothing was said before', () => {
    const { response, stream } = open()
    stream.write('a')
    response.take()
    stream.beat()
    deepEqual(response.texts, ['a'])
    stream.beat()
    response.take()
    stream.beat()
    deepEqual(response.texts, ['a', ': alive\n\n', ': alive\n\n'])
  })

  it('is closed when something was left untaken for too long, and not for having been silent long before', () => {
    const { response, stream } = open()
    now += 50 * STALLED_MS
    stream.write('a')
    now += STALLED_MS
    stream.beat()
    equal(response.isDestroyed, false)
    // More is written all the time: that is no sign that anything is taken.
    stream.write('b')
    now += 1
    stream.beat()
    equal(response.isDestroyed, true)
  })

  it('is not closed while something is taken, though never all of it', () => {
    const { response, stream } = open()
    for (let round = 0; round < 5; round++) {
      stream.write('ab')
      now += STALLED_MS - 1
      response.writableLength--
      stream.beat()
    }
    equal(response.isDestroyed, false)
    now += STALLED_MS + 1
    stream.beat()
    equal(response.isDestroyed, true)
  })

  it('tells its owner that all was taken, and then has as long again', () => {
    const { response, stream } = open()
    taken = 0
    for (let round = 0; round < 3; round++) {
      stream.write('a')
      now += STALLED_MS - 1
      response.take()
      stream.write('b')
      now += STALLED_MS - 1
      stream.beat()
      response.take()
    }
    deepEqual([taken, response.isDestroyed], [6, false])
  })

  it('ends in order, and at once where its reader is behind', () => {
    const [inStep, behind] = [open(), open()]
    for (const { stream } of [inStep, behind]) stream.write('a')
    behind.response.writableNeedDrain = true
    for (const { stream } of [inStep, behind]) stream.end()
    deepEqual([inStep.response.isEnded, inStep.response.isDestroyed], [true, false])
    deepEqual([behind.response.isEnded, behind.response.isDestroyed], [false, true])
  })
})
