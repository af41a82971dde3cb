// The process's output as sinks, and what happens when nobody reads it any more: `| head -1` has seen enough (EPIPE),
// or the terminal was closed (EIO). Nobody wants to hear of either.
import type { Sink } from './output.ts'

/** A `process.stdout`, as far as it is used. */
export type OutputStream = Pick<NodeJS.WriteStream, 'write' | 'on'> & {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Calls the listener once the reader of stdout is gone. Returns the function that stops listening. */
export type OnReaderGone = (listener: () => void) => () => void

export interface Streams {
  readonly out: Sink
  readonly err: Sink
  readonly onReaderGone: OnReaderGone
}

const READER_GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/**
 * `exit` ends the process when the reader of stdout is gone and no command listens for that: whoever has something to
 * put in order first listens. Without a reader of stderr, remarks are dropped and nothing else changes.
 */
export function openStreams(stdout: OutputStream, stderr: OutputStream, exit: () => void): Streams {
  const listeners = new Set<() => void>()
  const onGone = (): void => {
    if (listeners.size === 0) exit()
    for (const listener of [...listeners]) listener()
  }
  return {
    out: sinkOf(stdout, onGone),
    err: sinkOf(stderr, () => {}),
    onReaderGone: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  }
}

function sinkOf(stream: OutputStream, onGone: () => void): Sink {
  let isGone = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!READER_GONE.has(error.code ?? '')) throw error
    if (isGone) return
    isGone = true
    onGone()
  })
  return {
    write: (text) => {
      if (!isGone) stream.write(text)
    },
    terminal: stream.isTTY === true,
    width: stream.columns ?? 80
  }
}
