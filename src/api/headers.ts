// Headers of every answer: nobody keeps it, guesses its type, or loads it into a page of another site.

export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin'
} as const

/** Of server-sent events. The connection belongs to the stream, so that its end leaves nothing open. */
export const STREAM_HEADERS = {
  ...ANSWER_HEADERS,
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
  connection: 'close'
} as const
