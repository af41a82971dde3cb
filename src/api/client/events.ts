// Reads a server-sent event stream (WHATWG HTML, section 9.2) as an async iterable. The reader pulls, so a slow loop
// body slows the connection down and the server, not this process, decides what to drop.
import { createParser } from 'eventsource-parser'
import { apiDefaults } from '../../config/index.ts'
import type { Http } from './http.ts'
import type { EventsOptions } from './types.ts'

/** The events of `path` as they arrive. A `return` or `break` closes the connection. */
export async function* readEvents<T>(http: Http, path: string, options: EventsOptions<string> = {}): AsyncGenerator<T> {
  const { signal, types, onDropped, onAlive } = options
  if (signal?.aborted) return
  const arrived: T[] = []
  const parser = createParser({
    maxBufferSize: apiDefaults.client.eventMaxChars,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error
    },
    onEvent: ({ event, data }) => {
      if (event === 'dropped') onDropped?.((JSON.parse(data) as { count: number }).count)
      else arrived.push(JSON.parse(data) as T)
    }
  })
  try {
    const query = types === undefined ? {} : { types: types.join(',') }
    const body = await http.open({ path, query, signal })
    const text = new TextDecoder()
    for await (const chunk of chunksOf(body)) {
      onAlive?.()
      parser.feed(text.decode(chunk, { stream: true }))
      yield* arrived.splice(0)
    }
  } catch (error) {
    if (!signal?.aborted) throw http.broken(error, signal)
  }
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
