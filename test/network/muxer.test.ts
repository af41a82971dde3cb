// What reaches the connection below the muxer, and that all of it arrives.
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { MessageStream, Stream, StreamMuxer } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { transportDefaults } from '../../src/config/index.ts'
import { sparingYamux } from '../../src/network/libp2p/muxer.ts'

const WINDOW_BYTES = 256 * 1024

interface End {
  readonly connection: MessageStream
  readonly muxer: StreamMuxer
  /** Bytes of each message to the connection. */
  readonly sent: number[]
}

function end(connection: MessageStream): End {
  const sent: number[] = []
  const send = connection.send.bind(connection)
  connection.send = (data) => {
    sent.push(data.byteLength)
    return send(data)
  }
  return { connection, muxer: sparingYamux({ enableKeepAlive: false })().createStreamMuxer(connection), sent }
}

/** Resolves with the other end's stream, once both know each other, and nothing noted. */
async function opened(from: End, to: End): Promise<[ours: Stream, theirs: Stream]> {
  const inbound = new Promise<Stream>((resolve) => {
    to.muxer.addEventListener('stream', ({ detail }) => resolve(detail), { once: true })
  })
  const ours = await from.muxer.createStream()
  const greeted = new Promise((resolve) => ours.addEventListener('message', resolve, { once: true }))
  const theirs = await inbound
  theirs.send(new Uint8Array(1))
  await greeted
  from.sent.length = 0
  to.sent.length = 0
  return [ours, theirs]
}

function received(stream: Stream, bytes: number): Promise<void> {
  let left = bytes
  return new Promise((resolve) => {
    stream.addEventListener('message', ({ data }) => {
      left -= data.byteLength
      if (left === 0) resolve()
    })
  })
}

async function sendAll(stream: Stream, bytes: number, each: number): Promise<void> {
  for (let left = bytes; left > 0; left -= each) {
    if (!stream.send(new Uint8Array(Math.min(each, left)))) await stream.onDrain()
  }
}

describe('the muxer', () => {
  let a: End
  let b: End
  beforeEach(() => {
    const [outbound, inbound] = multiaddrConnectionPair()
    ;[a, b] = [end(outbound), end(inbound)]
  })
  afterEach(() => {
    for (const { muxer } of [a, b]) muxer.abort(new Error('the test is over'))
  })

  it('answers small messages with nothing', async () => {
    const [ours, theirs] = await opened(a, b)
    const all = received(theirs, 20 * 100)
    for (let i = 0; i < 20; i++) {
      ours.send(new Uint8Array(100))
      await new Promise(setImmediate)
    }
    await all
    equal(a.sent.length, 20)
    deepEqual(b.sent, [])
  })

  it('tells of room when a quarter of the window is used', async () => {
    const [ours, theirs] = await opened(a, b)
    const bytes = 4 * WINDOW_BYTES
    const all = received(theirs, bytes)
    await sendAll(ours, bytes, 1000)
    await all
    ok(b.sent.length >= 4 && b.sent.length <= 4 / transportDefaults.windowUsedShare, `${b.sent.length} updates`)
  })

  it('sends what one turn of the loop brings as one, of all streams', async () => {
    const [first, theirFirst] = await opened(a, b)
    const [second, theirSecond] = await opened(a, b)
    const all = Promise.all([received(theirFirst, 300), received(theirSecond, 50)])
    for (const stream of [first, first, first]) stream.send(new Uint8Array(100))
    second.send(new Uint8Array(50))
    await all
    deepEqual(a.sent, [4 * 12 + 350])
  })

  it('but no more than an encrypted message holds', async () => {
    const [ours, theirs] = await opened(a, b)
    const all = received(theirs, 200_000)
    for (let i = 0; i < 20; i++) ours.send(new Uint8Array(10_000))
    equal(a.sent.length, 2, 'the first have left already')
    await all
    ok(a.sent.every((bytes) => bytes < transportDefaults.gatheredBytesMax + 10_012))
  })

  it('sends the last frames before it ends', async () => {
    const [ours, theirs] = await opened(a, b)
    const all = received(theirs, 100)
    ours.send(new Uint8Array(100))
    await a.muxer.close()
    equal(a.sent.length, 1)
    await all
  })

  it('drops what waits when the connection is gone, and fails nobody', async () => {
    const [ours, theirs] = await opened(a, b)
    let heard = false
    theirs.addEventListener('message', () => {
      heard = true
    })
    ours.send(new Uint8Array(100))
    a.connection.abort(new Error('gone'))
    // What fails in a later turn would end the process, and fails the test.
    await new Promise(setImmediate)
    ok(!heard)
  })
})
