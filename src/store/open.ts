// Opening a store: on disk (LevelDB through classic-level) or in memory, new or not. What is there is checked before
// anyone may read it: schema, network, that the head hangs together. Damage that LevelDB notices is repaired, and said,
// or reported; what it reads over (a changed byte in the middle of a table) shows in a full check.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { ClassicLevel } from 'classic-level'
import { STORE_SETTINGS } from '../config/index.ts'
import type { Genesis } from '../ledger/index.ts'
import type { Interner } from '../runtime/index.ts'
import { encodeSealedHeader, fromHex, type Hex, toHex, transactionsRoot } from '../wire/index.ts'
import { deleteSideBlock } from './commit.ts'
import { corrupt, StoreError, toldApart } from './errors.ts'
import { fileOf, guarded, isDamage } from './guarded-level.ts'
import { hashKey, heightKey, nameKey, readSideKey, tableRange } from './keys.ts'
import type { Level } from './level.ts'
import { MapLevel } from './map-level.ts'
import { encodeAccount, encodeHead } from './records.ts'
import { Store, type StoreInit } from './store.ts'

const SCHEMA = 'starling-store/1'
/** Blocks below the head whose bodies and undo data are looked at on start. `verify` looks at all. */
const CHECKED_BLOCKS = 16

export interface OpenStoreInit extends StoreInit {
  /** LevelDB's files were damaged and have been rebuilt from what was readable. */
  readonly onRepaired?: (reason: string) => void
  /** Takes the directory as it is: nothing is made, rebuilt or swept, and damage rejects with `corrupt`. */
  readonly asFound?: boolean
}

/** Opens or creates the store in `directory`. Throws `StoreError`. */
export async function openStore(directory: string, genesis: Genesis, init: OpenStoreInit = {}): Promise<Store> {
  const level = await openLevel(directory, init)
  try {
    return await prepare(level, genesis, init)
  } catch (error) {
    await level.close()
    throw error
  }
}

/**
 * Hash of the genesis that the chain in `directory` was made with; undefined where damage hides it. Nothing is made or
 * rebuilt. Throws `StoreError` (`locked`, `unavailable`).
 */
export async function networkIn(directory: string): Promise<Hex | undefined> {
  try {
    const level = await openLevel(directory, { asFound: true })
    try {
      const stored = level.getSync(nameKey('!', 'genesis'))
      return stored === undefined ? undefined : toHex(stored)
    } finally {
      await level.close()
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'corrupt') return undefined
    throw error
  }
}

/**
 * What a store in memory keeps its data in, for who opens a store on it again (`reopenStore`). Those with the same
 * interner share what the chain makes the same in all of them.
 */
export function memoryLevel(interner?: Interner): Level {
  return new MapLevel(interner)
}

/** A store in memory: gone with the process. */
export function memoryStore(genesis: Genesis, init: StoreInit = {}, level: Level = new MapLevel()): Store {
  // A map's write is done when it returns.
  void create(level, genesis)
  return new Store(level, genesis, init)
}

/** A store on a level that has been used before, with the checks of `openStore`. */
export async function prepare(level: Level, genesis: Genesis, init: OpenStoreInit = {}): Promise<Store> {
  const schema = level.getSync(nameKey('!', 'schema'))
  if (schema === undefined) {
    if (!(await isEmpty(level))) throw wrongSchema('it was written by another program')
    if (init.asFound === true) throw corrupt('it is empty')
    await create(level, genesis)
  } else {
    const found = new TextDecoder().decode(schema)
    if (found !== SCHEMA) throw wrongSchema(`it has the format "${found}", this version reads "${SCHEMA}"`)
  }
  checkNetwork(level, genesis)
  const store = new Store(level, genesis, init)
  checkHead(store)
  if (init.asFound !== true) {
    await sweepSideBlocks(level, store.head.height - (init.settings?.sideDepth ?? STORE_SETTINGS.sideDepth))
  }
  await store.load()
  return store
}

async function openLevel(directory: string, init: OpenStoreInit): Promise<Level> {
  if (hasLostItsIndex(directory)) {
    if (init.asFound === true) throw corrupt('the list of its files, CURRENT, is missing')
  } else {
    try {
      return await openClassic(directory, init)
    } catch (error) {
      const cause = causeOf(error)
      // Without one of its tables an older state would come back that looks sound: that is not for us to choose.
      if (init.asFound === true || !isDamage(cause) || isTableMissing(cause)) throw openError(directory, error)
    }
  }
  try {
    await ClassicLevel.repair(directory)
    const level = await openClassic(directory, init)
    init.onRepaired?.(`the database in ${directory} was damaged and has been rebuilt from what was readable`)
    return level
  } catch (error) {
    throw openError(directory, error)
  }
}

/** LevelDB would take such a directory for a new one, and delete the tables in it. */
function hasLostItsIndex(directory: string): boolean {
  const names = existsSync(directory) && statSync(directory).isDirectory() ? readdirSync(directory) : []
  return !names.includes('CURRENT') && names.some((name) => /\.(ldb|sst|log)$|^MANIFEST-/.test(name))
}

function isTableMissing(error: unknown): boolean {
  return error instanceof Error && /missing files/.test(error.message)
}

async function openClassic(directory: string, init: OpenStoreInit): Promise<Level> {
  const writeBufferSize = init.settings?.writeBufferBytes ?? STORE_SETTINGS.writeBufferBytes
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    // Keys, hashes and signatures don't compress.
    compression: false,
    createIfMissing: init.asFound !== true,
    writeBufferSize
  })
  await level.open()
  return guarded(level)
}

/** Opening wraps what LevelDB said. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

function causeCode(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}

function openError(directory: string, error: unknown): StoreError {
  const cause = causeOf(error)
  if (isDamage(cause)) return corrupt(`${fileOf(cause)} can't be opened`, cause)
  switch (causeCode(error)) {
    case 'LEVEL_LOCKED':
      return new StoreError(
        'locked',
        `The data directory ${directory} is in use by another process: stop that node or choose another directory.`,
        { cause }
      )
    default:
      return new StoreError(
        'unavailable',
        `The data directory ${directory} can't be opened (${reasonOf(cause)}): check its path, permissions and space.`,
        { cause }
      )
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function wrongSchema(what: string): StoreError {
  return new StoreError('wrong-schema', `The data directory can't be used (${what}): choose another or delete it.`)
}

async function isEmpty(level: Level): Promise<boolean> {
  for await (const _ of level.iterator({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) })) return false
  return true
}

/** Genesis, its accounts and the schema, at once: a crash on the first start leaves nothing or all. */
function create(level: Level, genesis: Genesis): Promise<void> {
  const { hash, header, file } = genesis
  const batch = level.namedBatch?.(`genesis ${hash}`) ?? level.batch()
  batch.put(nameKey('!', 'schema'), new TextEncoder().encode(SCHEMA))
  batch.put(nameKey('!', 'genesis'), fromHex(hash))
  batch.put(nameKey('!', 'head'), encodeHead({ hash, height: 0 }))
  batch.put(hashKey('h', hash), encodeSealedHeader(header))
  batch.put(heightKey(0), fromHex(hash))
  for (const { address, balance } of file.accounts) {
    if (balance > 0) batch.put(hashKey('a', address), encodeAccount({ balance, nonce: 0, lastHeight: 0 }))
  }
  return batch.write({ sync: true })
}

function checkNetwork(level: Level, genesis: Genesis): void {
  const stored = level.getSync(nameKey('!', 'genesis'))
  if (stored === undefined) throw corrupt('it names no network')
  const found = toHex(stored)
  if (found === genesis.hash) return
  const [theirs, ours] = toldApart(found, genesis.hash)
  throw new StoreError(
    'wrong-network',
    `The data directory belongs to network ${theirs}, this node is of ${ours}: ` +
      'choose another directory or the genesis file it was made with.'
  )
}

/** The newest blocks are what a crash could have torn: each must be whole and lead to the next. */
function checkHead(store: Store): void {
  const { hash, height } = store.head
  let expected = hash
  for (let at = height; at > Math.max(0, height - CHECKED_BLOCKS); at--) {
    if (store.hashAt(at) !== expected) throw corrupt(`the index of height ${at} does not lead to the head`)
    const block = store.body(expected)
    if (block === undefined) throw corrupt(`block ${at} is missing`)
    if (transactionsRoot(block.transactions) !== block.header.merkleRoot) throw corrupt(`block ${at} has another root`)
    if (store.undo(expected) === undefined) throw corrupt(`undo data of block ${at} is missing`)
    expected = block.header.parent
  }
  if (height <= CHECKED_BLOCKS && expected !== store.genesis.hash) throw corrupt('block 1 has another parent')
}

/** Bounds the disk that abandoned branches take. */
async function sweepSideBlocks(level: Level, belowHeight: number): Promise<void> {
  if (belowHeight <= 0) return
  const batch = level.batch()
  for await (const [key] of level.iterator(tableRange('s'))) {
    const { height, hash } = readSideKey(key)
    if (height >= belowHeight) break
    deleteSideBlock(batch, height, hash)
  }
  await batch.write({ sync: false })
}
