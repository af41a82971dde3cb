// One question put to one peer after another: the next is asked when the last one is overdue, or at once when it does
// not have what is asked for. The first answer wins, and the others are given up. (Dean and Barroso, "The Tail at
// Scale", 2013.)
import type { Timers } from '../runtime/index.ts'

export interface HedgedQuestion<T> {
  /** In the order they are asked; the first is whoever should know. */
  readonly peers: readonly string[]
  /** Asks one peer; undefined: it can't answer. A rejection counts as that. `pass`: it can't yet, so ask the next too. */
  readonly ask: (peer: string, signal: AbortSignal, pass: () => void) => Promise<T | undefined>
  /** Wait before the next peer is asked beside those that have not answered, ms. */
  readonly overdueMs: number
  readonly signal: AbortSignal
}

export interface HedgedAnswer<T> {
  readonly answer: T | undefined
  /** Peers asked. */
  readonly asked: number
}

/** Resolves with the first answer, or with none when nobody has it or the signal aborts. Never rejects. */
export async function hedged<T>(question: HedgedQuestion<T>, timers: Timers): Promise<HedgedAnswer<T>> {
  const { peers, ask, overdueMs, signal } = question
  const over = new AbortController()
  const asking = AbortSignal.any([signal, over.signal])
  const answered = Promise.withResolvers<T | undefined>()
  let asked = 0
  let open = 0
  const askNext = (): void => {
    const peer = peers[asked]
    if (peer === undefined || asking.aborted) {
      if (open === 0) answered.resolve(undefined)
      return
    }
    asked++
    open++
    const overdue = timers.after(overdueMs, askNext)
    const pass = (): void => {
      overdue.cancel()
      askNext()
    }
    ask(peer, asking, pass)
      .catch(() => undefined)
      .then((answer) => {
        open--
        overdue.cancel()
        if (answer !== undefined) answered.resolve(answer)
        else askNext()
      })
  }
  const give = (): void => answered.resolve(undefined)
  signal.addEventListener('abort', give, { once: true })
  askNext()
  try {
    return { answer: await answered.promise, asked }
  } finally {
    signal.removeEventListener('abort', give)
    over.abort()
  }
}
