// Yamux that sends less often. The library answers every frame with a window update of its own, and each frame is
// encrypted and written to the socket alone: for small messages that costs more than all the rest. Here a window is
// topped up when a part of it is used, as other implementations do, and frames of one turn of the loop leave as one.
import type { AbortOptions, MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux, type YamuxMuxerInit } from '@libp2p/yamux'
import { Uint8ArrayList } from 'uint8arraylist'
import { transportDefaults } from '../../config/index.ts'

/** Of the library's muxer and its streams, what is replaced or read here; their types keep some of it to themselves. */
interface Muxer {
  send(frame: Uint8Array | Uint8ArrayList): boolean
  close(options?: AbortOptions): Promise<void>
  abort(error: Error): void
  _newStream(...details: unknown[]): WindowedStream
}

interface WindowedStream {
  readonly state: number
  readonly recvWindow: number
  /** What is left of it. */
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/** The library's state of a stream that has no flags to send and whose reader has not paused it. */
const ESTABLISHED = 3

export function sparingYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory: StreamMuxerFactory = yamux(init)()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = createStreamMuxer(connection)
      const inside = muxer as unknown as Muxer
      topUpSeldom(inside)
      gatherFrames(inside, connection)
      return muxer
    }
    return factory
  }
}

function topUpSeldom(muxer: Muxer): void {
  const newStream = muxer._newStream.bind(muxer)
  muxer._newStream = (...details) => {
    const stream = newStream(...details)
    const sendWindowUpdate = stream.sendWindowUpdate.bind(stream)
    stream.sendWindowUpdate = () => {
      if (!isRoomy(stream)) sendWindowUpdate()
    }
    return stream
  }
}

function isRoomy({ state, recvWindow, recvWindowCapacity }: WindowedStream): boolean {
  return state === ESTABLISHED && recvWindowCapacity > (1 - transportDefaults.windowUsedShare) * recvWindow
}

/** Nothing waits for longer than what runs already: a frame that is alone leaves as soon as its sender returns. */
function gatherFrames(muxer: Muxer, connection: MessageStream): void {
  const sendNow = muxer.send.bind(muxer)
  const send = (frames: Uint8ArrayList): boolean => {
    if (connection.status !== 'open') return false
    try {
      return sendNow(frames)
    } catch {
      // The connection has ended meanwhile. It tells its streams; here nobody is left who could be told.
      return false
    }
  }
  let gathered = new Uint8ArrayList()
  const flush = (): boolean => {
    const frames = gathered
    gathered = new Uint8ArrayList()
    return frames.byteLength === 0 || send(frames)
  }
  muxer.send = (frame) => {
    if (gathered.byteLength === 0) process.nextTick(flush)
    gathered.append(frame)
    const isFull = connection.writableNeedsDrain || gathered.byteLength >= transportDefaults.gatheredBytesMax
    return !isFull || flush()
  }
  // Last frames leave before the connection ends.
  const close = muxer.close.bind(muxer)
  muxer.close = async (options) => {
    try {
      await close(options)
    } finally {
      flush()
    }
  }
  const abort = muxer.abort.bind(muxer)
  muxer.abort = (error) => {
    abort(error)
    flush()
  }
}
