// Blocks, undo, accounts, indexes and head over a level: reads are synchronous (97,000/s against 7,700 awaited), every
// step of the chain is one atomic batch. What is on disk is either before a step or after it, never between.
import type { Account, BlockReader, ChainUpdate, Genesis, RestoredChain, Undo } from '../ledger/index.ts'
import { STORE_SETTINGS, type StoreSettings } from '../config/index.ts'
import {
  BLOCK_EMPTY_BYTES,
  type Block,
  decodeBlock,
  decodeSealedHeader,
  decodeTransaction,
  type Hex,
  type SealedHeader,
  type Transaction,
  toHex,
  transactionLengthAt
} from '../wire/index.ts'
import { BlockCache } from './block-cache.ts'
import { deleteSideBlock, writeSideBlock, writeUpdate } from './commit.ts'
import { corrupt } from './errors.ts'
import { HistoryHeads, type Location, walkHistory } from './history.ts'
import { Journal } from './journal.ts'
import { hashKey, hashOf, heightKey, nameKey, readSideKey, tableRange } from './keys.ts'
import type { Level } from './level.ts'
import { decodeAccount, decodeHead, decodeIntegers, decodeUndo, type HeadRecord } from './records.ts'

export interface StoreInit {
  readonly settings?: Partial<StoreSettings>
  /** May remember transactions that the process has decoded already. */
  readonly decode?: (bytes: Uint8Array) => Transaction
}

/** A transaction and where the best chain has it. */
export interface StoredTransaction extends Location {
  readonly transaction: Transaction
  readonly block: Hex
}

interface SideBlock {
  readonly height: number
  readonly hash: Hex
}

interface Restored {
  readonly accounts: readonly (readonly [Hex, Account])[]
  /** By height. */
  readonly side: readonly SideBlock[]
  readonly journaled: readonly Transaction[]
}

/** `undefined` values: no longer there. */
interface PendingIndex {
  readonly hashes: ReadonlyMap<number, Hex | undefined>
  locations(): ReadonlyMap<Hex, Location | undefined>
}

/** Made by `openStore` and `memoryStore`, which check what is there. */
export class Store implements BlockReader {
  readonly genesis: Genesis
  readonly #level: Level
  readonly #settings: StoreSettings
  readonly #decode: (bytes: Uint8Array) => Transaction
  readonly #cache: BlockCache
  readonly #journal: Journal
  /** Height of the latest history record by address, least recently written first. */
  readonly #lastHeights = new Map<Hex, number>()
  /** What a commit under way changes, for readers who already follow the new head. */
  #pending: PendingIndex | undefined
  #restored: Restored | undefined
  #writing: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(level: Level, genesis: Genesis, init: StoreInit = {}) {
    this.genesis = genesis
    this.#level = level
    this.#settings = { ...STORE_SETTINGS, ...init.settings }
    this.#decode = init.decode ?? decodeTransaction
    this.#cache = new BlockCache(this.#settings.cacheMaxBytes, this.#settings.cacheMaxBlocks)
    this.#journal = new Journal(level)
  }

  // ---- reading. Each throws `StoreError` (`corrupt`) for a record that can't be read.

  get head(): HeadRecord {
    const record = this.#level.getSync(nameKey('!', 'head'))
    if (record === undefined) throw corrupt('it names no head')
    return decodeHead(record)
  }

  /** Header of a stored block, on the best chain or beside it. */
  header(hash: Hex): SealedHeader | undefined {
    const cached = this.#cache.get(hash)
    if (cached !== undefined) return cached.header
    const bytes = this.#level.getSync(hashKey('h', hash))
    if (bytes === undefined) return undefined
    const header = readRecord(`header ${hash}`, () => decodeSealedHeader(bytes))
    if (header.hash !== hash) throw corrupt(`header ${hash} has another hash`)
    return header
  }

  body(hash: Hex): Block | undefined {
    const cached = this.#cache.get(hash)
    if (cached !== undefined) return cached
    const bytes = this.#level.getSync(hashKey('b', hash))
    if (bytes === undefined) return undefined
    const block = readRecord(`block ${hash}`, () => decodeBlock(bytes, this.#decode))
    if (block.header.hash !== hash) throw corrupt(`block ${hash} has another hash`)
    this.#cache.add(block)
    return block
  }

  /** The encoded block, for peers: neither decoded nor cached. */
  blockBytes(hash: Hex): Uint8Array | undefined {
    return this.#cache.get(hash)?.bytes ?? this.#level.getSync(hashKey('b', hash))
  }

  undo(hash: Hex): Undo | undefined {
    const bytes = this.#level.getSync(hashKey('u', hash))
    return bytes === undefined ? undefined : readRecord(`undo of ${hash}`, () => decodeUndo(bytes))
  }

  /** The best chain's block at a height. */
  hashAt(height: number): Hex | undefined {
    if (this.#pending?.hashes.has(height)) return this.#pending.hashes.get(height)
    const bytes = this.#level.getSync(heightKey(height))
    return bytes === undefined ? undefined : toHex(bytes)
  }

  account(address: Hex): Account | undefined {
    const record = this.#accountRecord(address)
    if (record === undefined || (record.balance === 0 && record.nonce === 0)) return undefined
    return { balance: record.balance, nonce: record.nonce }
  }

  /** Where the best chain has a transaction. */
  locate(id: Hex): Location | undefined {
    const pending = this.#pending?.locations()
    if (pending?.has(id)) return pending.get(id)
    const bytes = this.#level.getSync(hashKey('t', id))
    if (bytes === undefined) return undefined
    const [height = 0, position = 0] = readRecord(`index of ${id}`, () => decodeIntegers(bytes))
    return { height, position }
  }

  /** A transaction of the best chain by id. Reads its block, decodes only itself. */
  transaction(id: Hex): StoredTransaction | undefined {
    const location = this.locate(id)
    return location === undefined ? undefined : this.transactionAt(location)
  }

  transactionAt({ height, position }: Location): StoredTransaction | undefined {
    const block = this.hashAt(height)
    if (block === undefined) return undefined
    const cached = this.#cache.get(block)?.transactions[position]
    if (cached !== undefined) return { transaction: cached, block, height, position }
    const bytes = this.#level.getSync(hashKey('b', block))
    if (bytes === undefined) return undefined
    const transaction = readRecord(`block ${block}`, () => {
      let at = BLOCK_EMPTY_BYTES
      for (let i = 0; i < position; i++) at += transactionLengthAt(bytes, at)
      // A copy: a view would keep the whole block in memory.
      return this.#decode(bytes.slice(at, at + transactionLengthAt(bytes, at)))
    })
    return { transaction, block, height, position }
  }

  /** Transactions from or to `address` on the best chain, newest first. Lazy: take what is needed. */
  history(address: Hex): Iterable<Location> {
    return walkHistory(this.#level, address, this.#lastHeight(address))
  }

  // ---- writing. One change at a time; a rejection means that nothing of it was written.

  /**
   * Writes a step of the chain. `pause` is awaited between slices of the work. Blocks and their transactions can be
   * read at once, everything else when it resolves; with `syncHeads` that is when the disk has it.
   */
  commit(update: ChainUpdate, pause?: () => Promise<void>): Promise<void> {
    for (const { block } of update.connected) this.#cache.add(block)
    this.#pending = pendingIndex(update)
    return this.#serially(async () => {
      const named = this.#level.namedBatch?.(nameOf(update))
      const batch = named ?? this.#level.batch()
      const history = new HistoryHeads(this.#level, (address) => this.#lastHeight(address))
      const { putsPerSlice } = this.#settings
      const account = (address: Hex): Account | undefined => this.account(address)
      if (named?.isFilled !== true) {
        for (const _ of writeUpdate(update, { batch, history, account, putsPerSlice })) await pause?.()
      }
      await batch.write({ sync: this.#settings.syncHeads })
      // A level in memory is as quick to ask.
      if (named === undefined) this.#rememberHeights(history.changed)
    }).finally(() => {
      this.#pending = undefined
    })
  }

  /** Keeps blocks that are not on the best chain. Not synced: the network has them too. */
  putSide(blocks: Iterable<Block>): Promise<void> {
    const held = [...blocks]
    for (const block of held) this.#cache.add(block)
    return this.#serially(async () => {
      const batch = this.#level.batch()
      for (const block of held) if (!this.#isOnChain(block.header)) writeSideBlock(batch, block)
      await batch.write({ sync: false })
    })
  }

  /** Deletes side blocks; what is on the best chain stays. */
  forgetSide(hashes: Iterable<Hex>): Promise<void> {
    const held = [...hashes]
    return this.#serially(async () => {
      const batch = this.#level.batch()
      for (const hash of held) {
        const header = this.header(hash)
        if (header === undefined || this.#isOnChain(header)) continue
        this.#cache.delete(hash)
        deleteSideBlock(batch, header.height, hash)
      }
      await batch.write({ sync: false })
    })
  }

  /** Resolves once `transaction` survives a crash and a power cut. */
  journal(transaction: Transaction): Promise<void> {
    return this.#journal.add(transaction)
  }

  /** The journaled transactions, by id. */
  async *journaled(): AsyncGenerator<Transaction> {
    for await (const bytes of this.#journal.entries()) yield readRecord('the journal', () => this.#decode(bytes))
  }

  forget(ids: Iterable<Hex>): Promise<void> {
    return this.#journal.forget(ids)
  }

  /** A small JSON value of the node's own: address book, generation, bans. */
  getMeta(name: string): unknown {
    const bytes = this.#level.getSync(nameKey('m', name))
    return bytes === undefined ? undefined : readRecord(`"${name}"`, () => JSON.parse(new TextDecoder().decode(bytes)))
  }

  /** Synced: a generation counter must never repeat. `undefined` deletes. */
  async putMeta(name: string, value: unknown): Promise<void> {
    const batch = this.#level.batch()
    if (value === undefined) batch.del(nameKey('m', name))
    else batch.put(nameKey('m', name), new TextEncoder().encode(JSON.stringify(value)))
    await batch.write({ sync: true })
  }

  // ---- life cycle

  /** Reads what `restore` and `restoreJournal` give. Part of opening. */
  async load(): Promise<void> {
    const accounts: (readonly [Hex, Account])[] = []
    for await (const account of this.accounts()) accounts.push(account)
    const side: SideBlock[] = []
    for await (const [key] of this.#level.iterator(tableRange('s'))) side.push(readSideKey(key))
    const journaled: Transaction[] = []
    for await (const transaction of this.journaled()) journaled.push(transaction)
    this.#restored = { accounts, side, journaled }
  }

  /** What a `Chain` starts from; `undefined` for genesis and nothing else. Once: the store does not keep it. */
  restore(): RestoredChain | undefined {
    const { height, hash } = this.head
    const restored = this.#restored
    if (restored === undefined || height === 0) return undefined
    this.#restored = { ...restored, accounts: [], side: [] }
    // Headers are stored with their blocks only.
    return { headers: this.#headers(restored.side), hasBody: () => true, head: hash, accounts: restored.accounts }
  }

  /** Acknowledged transactions as of the start. Once. */
  restoreJournal(): readonly Transaction[] {
    const journaled = this.#restored?.journaled ?? []
    if (this.#restored !== undefined) this.#restored = { ...this.#restored, journaled: [] }
    return journaled
  }

  /** Every stored account, by address. */
  async *accounts(): AsyncGenerator<readonly [Hex, Account]> {
    for await (const [key, bytes] of this.#level.iterator(tableRange('a'))) {
      const { balance, nonce } = readRecord('an account', () => decodeAccount(bytes))
      if (balance !== 0 || nonce !== 0) yield [hashOf(key), { balance, nonce }]
    }
  }

  /** Waits for what is being written; later writes are refused. Reads must have ended. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.all([this.#writing, this.#journal.flush()])
      await this.#level.close()
    })()
    return this.#closed
  }

  /** By height: the best chain's first, then those beside it. Throws where the best chain has a hole. */
  *#headers(side: readonly SideBlock[]): Generator<SealedHeader> {
    const { height: top } = this.head
    let next = 0
    let parent: Hex | undefined
    for (let height = 0; height <= top || next < side.length; height++) {
      if (height <= top) {
        const hash = this.hashAt(height)
        const header = hash === undefined ? undefined : this.header(hash)
        if (header === undefined) throw corrupt(`block ${height} is missing`)
        if (parent !== undefined && header.parent !== parent) throw corrupt(`block ${height} has another parent`)
        parent = header.hash
        yield header
      }
      for (let beside = side[next]; beside?.height === height; beside = side[++next]) {
        const header = this.header(beside.hash)
        if (header !== undefined) yield header
      }
    }
  }

  #serially(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work)
    this.#writing = done.catch(() => {})
    return done
  }

  #isOnChain({ height, hash }: SealedHeader): boolean {
    return this.hashAt(height) === hash
  }

  #accountRecord(address: Hex) {
    const bytes = this.#level.getSync(hashKey('a', address))
    return bytes === undefined ? undefined : readRecord(`account ${address}`, () => decodeAccount(bytes))
  }

  #lastHeight(address: Hex): number {
    return this.#lastHeights.get(address) ?? this.#accountRecord(address)?.lastHeight ?? 0
  }

  #rememberHeights(changed: ReadonlyMap<Hex, number>): void {
    for (const [address, height] of changed) {
      this.#lastHeights.delete(address)
      this.#lastHeights.set(address, height)
    }
    for (const oldest of this.#lastHeights.keys()) {
      if (this.#lastHeights.size <= this.#settings.historyCacheMax) break
      this.#lastHeights.delete(oldest)
    }
  }
}

/** What is stored follows from the head and the blocks with their seals, and so do the changes of a step. */
function nameOf({ previousHead, connected, head }: ChainUpdate): string {
  const blocks = connected.map(({ block }) => block.header.hash + toHex(block.header.seal))
  return [previousHead.hash, ...blocks, head.hash].join(' ')
}

function pendingIndex(update: ChainUpdate): PendingIndex {
  const hashes = new Map<number, Hex | undefined>()
  for (const { header } of update.disconnected) hashes.set(header.height, undefined)
  for (const { block } of update.connected) hashes.set(block.header.height, block.header.hash)
  // Seldom asked for before the commit is done.
  let locations: ReadonlyMap<Hex, Location | undefined> | undefined
  return {
    hashes,
    locations: () => {
      locations ??= locationsAfter(update)
      return locations
    }
  }
}

function locationsAfter({ disconnected, connected }: ChainUpdate): Map<Hex, Location | undefined> {
  const locations = new Map<Hex, Location | undefined>()
  for (const { transactions } of disconnected) for (const { id } of transactions) locations.set(id, undefined)
  for (const { block } of connected) {
    const { height } = block.header
    block.transactions.forEach(({ id }, position) => void locations.set(id, { height, position }))
  }
  return locations
}

/** Whatever a decoder says about stored bytes, it is damage of this directory. */
function readRecord<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw corrupt(`${what} can't be read`, error)
  }
}
