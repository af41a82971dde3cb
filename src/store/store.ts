// Blocks, undo, accounts, indexes and head over a level: reads are synchronous (97,000/s against 7,700 awaited), every
// step of the chain is one atomic batch. What is on disk is either before a step or after it, never between.
import type { Account, BlockReader, ChainUpdate, Genesis, RestoredChain, Undo } from '../ledger/index.ts'
import { STORE_SETTINGS, type StoreSettings } from '../config/index.ts'
import { type Block, decodeTransaction, type Hex, type SealedHeader, type Transaction, toHex } from '../wire/index.ts'
import { BlockCache } from './block-cache.ts'
import { deleteSideBlock, nameOf, writeSideBlock, writeUpdate } from './commit.ts'
import { corrupt } from './errors.ts'
import { HistoryHeads, LastHeights, type Location, walkHistory } from './history.ts'
import { Journal } from './journal.ts'
import { hashKey, heightKey, nameKey } from './keys.ts'
import type { Level } from './level.ts'
import { type PendingIndex, pendingIndex } from './pending-index.ts'
import { decodeAccount, decodeHead, decodeIntegers, type HeadRecord, readRecord } from './records.ts'
import { headersByHeight, readAccounts, readSideBlocks, type SideBlock } from './restart.ts'
import { StoredBlocks } from './stored-blocks.ts'

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

interface Restored {
  readonly accounts: readonly (readonly [Hex, Account])[]
  /** By height. */
  readonly side: readonly SideBlock[]
  readonly journaled: readonly Transaction[]
}

/** Made by `openStore` and `memoryStore`, which check what is there. */
export class Store implements BlockReader {
  readonly genesis: Genesis
  readonly #level: Level
  readonly #settings: StoreSettings
  readonly #decode: (bytes: Uint8Array) => Transaction
  readonly #cache: BlockCache
  readonly #blocks: StoredBlocks
  readonly #journal: Journal
  readonly #lastHeights: LastHeights
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
    this.#blocks = new StoredBlocks(level, this.#cache, this.#decode)
    this.#lastHeights = new LastHeights(this.#settings.historyCacheMax)
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
    return this.#blocks.header(hash)
  }

  body(hash: Hex): Block | undefined {
    return this.#blocks.body(hash)
  }

  /** The encoded block, for peers: neither decoded nor cached. */
  blockBytes(hash: Hex): Uint8Array | undefined {
    return this.#blocks.bytes(hash)
  }

  undo(hash: Hex): Undo | undefined {
    return this.#blocks.undo(hash)
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
    const transaction = this.#blocks.transactionIn(block, position)
    return transaction === undefined ? undefined : { transaction, block, height, position }
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
      if (named === undefined) this.#lastHeights.remember(history.changed)
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
    const side = await readSideBlocks(this.#level)
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
    return {
      headers: headersByHeight(this, restored.side),
      hasBody: () => true,
      head: hash,
      accounts: restored.accounts
    }
  }

  /** Acknowledged transactions as of the start. Once. */
  restoreJournal(): readonly Transaction[] {
    const journaled = this.#restored?.journaled ?? []
    if (this.#restored !== undefined) this.#restored = { ...this.#restored, journaled: [] }
    return journaled
  }

  /** Every stored account, by address. */
  accounts(): AsyncGenerator<readonly [Hex, Account]> {
    return readAccounts(this.#level)
  }

  /** Waits for what is being written; later writes are refused. Reads must have ended. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.all([this.#writing, this.#journal.flush()])
      await this.#level.close()
    })()
    return this.#closed
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
}
