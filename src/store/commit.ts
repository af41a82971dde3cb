// One step of the chain as puts and deletes of one atomic batch. A generator, so that its caller may let the event
// loop breathe between slices of it.
import type { Account, ChainUpdate, ConnectedBlock } from '../ledger/index.ts'
import { EMPTY_ACCOUNT } from '../ledger/index.ts'
import { type Block, encodeSealedHeader, type Hex, toHex } from '../wire/index.ts'
import { type HistoryHeads, positionsByAddress } from './history.ts'
import { hashKey, heightKey, nameKey, sideKey } from './keys.ts'
import type { LevelBatch } from './level.ts'
import { encodeAccount, encodeHead, encodeIntegers, encodeUndo } from './records.ts'

export interface CommitContext {
  readonly batch: LevelBatch
  readonly history: HistoryHeads
  /** The account as stored before. */
  account(address: Hex): Account | undefined
  readonly putsPerSlice: number
}

const NOTHING = new Uint8Array(0)

/** What is stored follows from the head and the blocks with their seals, and so do the changes of a step. */
export function nameOf({ previousHead, connected, head }: ChainUpdate): string {
  const blocks = connected.map(({ block }) => block.header.hash + toHex(block.header.seal))
  return [previousHead.hash, ...blocks, head.hash].join(' ')
}

/** Fills the batch; yields after every `putsPerSlice` operations or so. */
export function* writeUpdate(update: ChainUpdate, context: CommitContext): Generator<void> {
  for (const block of update.disconnected) yield* disconnect(block, context)
  for (const connected of update.connected) yield* connect(connected, context)
  yield* writeAccounts(update.accounts, context)
  context.batch.put(nameKey('!', 'head'), encodeHead(update.head))
}

function* disconnect(block: Block, context: CommitContext): Generator<void> {
  const { batch, history } = context
  const { hash, height } = block.header
  batch.del(heightKey(height))
  batch.del(hashKey('u', hash))
  batch.put(sideKey(height, hash), NOTHING)
  const slice = new Slice(context)
  for (const { id } of block.transactions) {
    batch.del(hashKey('t', id))
    if (slice.isFull()) yield
  }
  for (const address of positionsByAddress(block).keys()) {
    history.disconnect(batch, address, height)
    if (slice.isFull()) yield
  }
}

function* connect({ block, undo }: ConnectedBlock, context: CommitContext): Generator<void> {
  const { batch, history } = context
  const { hash, height } = block.header
  writeBlock(batch, block)
  batch.put(hashKey('u', hash), encodeUndo(undo))
  batch.put(heightKey(height), hashKey('b', hash).subarray(1))
  batch.del(sideKey(height, hash))
  const slice = new Slice(context)
  for (let position = 0; position < block.transactions.length; position++) {
    const { id } = block.transactions[position] as Block['transactions'][number]
    batch.put(hashKey('t', id), encodeIntegers([height, position]))
    if (slice.isFull()) yield
  }
  for (const [address, positions] of positionsByAddress(block)) {
    history.connect(batch, address, height, positions)
    if (slice.isFull()) yield
  }
}

function* writeAccounts(accounts: ReadonlyMap<Hex, Account>, context: CommitContext): Generator<void> {
  const { batch, history } = context
  const slice = new Slice(context)
  const write = (address: Hex, { balance, nonce }: Account): void => {
    const lastHeight = history.get(address)
    if (balance === 0 && nonce === 0 && lastHeight === 0) batch.del(hashKey('a', address))
    else batch.put(hashKey('a', address), encodeAccount({ balance, nonce, lastHeight }))
  }
  for (const [address, account] of accounts) {
    write(address, account)
    if (slice.isFull()) yield
  }
  // Touched but unchanged in the end: a transfer of nothing, or a step back and forth.
  for (const address of history.changed.keys()) {
    if (!accounts.has(address)) write(address, context.account(address) ?? EMPTY_ACCOUNT)
    if (slice.isFull()) yield
  }
}

/** A block and its header: always both. */
function writeBlock(batch: LevelBatch, block: Block): void {
  batch.put(hashKey('b', block.header.hash), block.bytes)
  batch.put(hashKey('h', block.header.hash), encodeSealedHeader(block.header))
}

export function writeSideBlock(batch: LevelBatch, block: Block): void {
  writeBlock(batch, block)
  batch.put(sideKey(block.header.height, block.header.hash), NOTHING)
}

export function deleteSideBlock(batch: LevelBatch, height: number, hash: Hex): void {
  batch.del(sideKey(height, hash))
  batch.del(hashKey('b', hash))
  batch.del(hashKey('h', hash))
}

/** Counts operations. */
class Slice {
  readonly #size: number
  #count = 0
  constructor({ putsPerSlice }: CommitContext) {
    this.#size = putsPerSlice
  }

  isFull(): boolean {
    this.#count = (this.#count + 1) % this.#size
    return this.#count === 0
  }
}
