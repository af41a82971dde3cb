// What goes into a block: a heap over each sender's next transaction, so that only what is chosen costs a logarithm.
import { TRANSACTION_MIN_BYTES, type Transaction } from '../wire/index.ts'
import { Heap } from './mempool-heap.ts'
import { feeRate } from './mempool-order.ts'
import type { SenderQueue } from './mempool-queue.ts'

export interface SelectLimits {
  /** Of the encoded transactions together. */
  readonly maxBytes: number
  readonly maxCount: number
}

/** A sender's next transaction during a selection. */
interface Cursor {
  readonly queue: SenderQueue
  index: number
  transaction: Transaction
  rate: number
}

/** O(s + k log s) for s senders and k transactions chosen. A sender whose next doesn't fit is done. */
export function selectByFee(queues: Iterable<SenderQueue>, { maxBytes, maxCount }: SelectLimits): Transaction[] {
  const heap = new Heap(firstOfEach(queues), cursorPaysMore)
  const selected: Transaction[] = []
  let room = maxBytes
  for (let best = heap.peek(); best !== undefined && selected.length < maxCount; best = heap.peek()) {
    if (room < TRANSACTION_MIN_BYTES) break
    const fits = best.transaction.bytes.length <= room
    if (fits) {
      selected.push(best.transaction)
      room -= best.transaction.bytes.length
    }
    if (fits && advance(best)) heap.replace(best)
    else heap.pop()
  }
  return selected
}

function firstOfEach(queues: Iterable<SenderQueue>): Cursor[] {
  const cursors: Cursor[] = []
  for (const queue of queues) {
    const transaction = queue.transactions[0]
    if (queue.ready === 0 || transaction === undefined) continue
    cursors.push({ queue, index: 0, transaction, rate: feeRate(transaction) })
  }
  return cursors
}

/** Moves to the sender's next; false when none is ready. */
function advance(cursor: Cursor): boolean {
  const next = cursor.queue.transactions[cursor.index + 1]
  if (next === undefined || cursor.index + 1 >= cursor.queue.ready) return false
  cursor.index++
  cursor.transaction = next
  cursor.rate = feeRate(next)
  return true
}

/** Higher rate, then lowest id. */
function cursorPaysMore(a: Cursor, b: Cursor): boolean {
  return a.rate !== b.rate ? a.rate > b.rate : a.transaction.id < b.transaction.id
}
