// Accepted transactions of this node, on disk before they are acknowledged. Those that arrive while a write is under
// way share the next one: a synced write takes about 0.5 ms, and a thousand callers must not queue for a thousand.
import type { Hex, Transaction } from '../wire/index.ts'
import { hashKey, tableRange } from './keys.ts'
import type { Level } from './level.ts'

interface Group {
  readonly transactions: Transaction[]
  readonly done: Promise<void>
}

export class Journal {
  readonly #level: Level
  #waiting: Group | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(level: Level) {
    this.#level = level
  }

  /** Resolves once the transaction would survive a power cut. Callers bound how many they have under way. */
  add(transaction: Transaction): Promise<void> {
    this.#waiting ??= this.#newGroup()
    this.#waiting.transactions.push(transaction)
    return this.#waiting.done
  }

  /** Encoded transactions, by id. */
  async *entries(): AsyncGenerator<Uint8Array> {
    for await (const [, bytes] of this.#level.iterator(tableRange('j'))) yield bytes
  }

  /** Losing this in a crash is harmless: they are judged again on start. */
  forget(ids: Iterable<Hex>): Promise<void> {
    const held = [...ids]
    // Whoever is added from now on is written after this.
    this.#waiting = undefined
    return this.#inTurn(async () => {
      const batch = this.#level.batch()
      for (const id of held) batch.del(hashKey('j', id))
      await batch.write({ sync: false })
    })
  }

  /** Resolves when nothing is being written. */
  async flush(): Promise<void> {
    await this.#writing
  }

  #newGroup(): Group {
    const transactions: Transaction[] = []
    const done = this.#inTurn(() => {
      if (this.#waiting?.transactions === transactions) this.#waiting = undefined
      return this.#write(transactions)
    })
    return { transactions, done }
  }

  /** Of two writes at once the disk may end either first: what is added after it was forgotten must stay. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(write)
    this.#writing = done.catch(() => {})
    return done
  }

  async #write(transactions: readonly Transaction[]): Promise<void> {
    const batch = this.#level.batch()
    for (const { id, bytes } of transactions) batch.put(hashKey('j', id), bytes)
    await batch.write({ sync: true })
  }
}
