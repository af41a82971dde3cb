// Writes part of the best chain to a file, whole or not at all: under another name until it is complete and on disk.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { ChainFileError, encodeLength, encodePreamble } from './chain-file.ts'
import { corrupt } from './errors.ts'
import type { Store } from './store.ts'

export interface ChainExportInit {
  /** Heights of the first and the last block, at least 1 and at most the head's. */
  readonly from: number
  readonly to: number
  /** Whether an existing file may be replaced. */
  readonly force: boolean
  /** Told after each piece that was written. */
  readonly onProgress?: (progress: { readonly blocks: number; readonly bytes: number }) => void
  /** Ends it, leaving nothing. */
  readonly signal?: AbortSignal
}

/** Collected before a write. Larger: memory; smaller: more calls. */
const PIECE_BYTES = 1024 * 1024

/**
 * Resolves with the file's size. Rejects with `ChainFileError` (`file-exists`), `StoreError` (`corrupt`), the signal's
 * reason, or what the disk says.
 */
export async function exportChain(store: Store, path: string, init: ChainExportInit): Promise<{ bytes: number }> {
  const refuseIfThere = (): void => {
    if (init.force || !existsSync(path)) return
    throw new ChainFileError('file-exists', `${path} exists already: choose another name, or replace it with --force.`)
  }
  refuseIfThere()
  const partial = `${path}.part`
  try {
    const file = await open(partial, 'w')
    let bytes: number
    try {
      bytes = await write(store, file, init)
      await file.sync()
    } finally {
      await file.close()
    }
    refuseIfThere()
    await rename(partial, path)
    return { bytes }
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function write(store: Store, file: FileHandle, init: ChainExportInit): Promise<number> {
  const { from, to, onProgress, signal } = init
  const hash = createHash('sha256')
  let held: Uint8Array[] = []
  let heldBytes = 0
  let written = 0
  const add = (bytes: Uint8Array): void => {
    hash.update(bytes)
    held.push(bytes)
    heldBytes += bytes.length
  }
  const flush = async (): Promise<void> => {
    await file.writev(held)
    written += heldBytes
    held = []
    heldBytes = 0
  }
  add(encodePreamble({ genesis: store.genesis.hash, from }))
  for (let height = from; height <= to; height++) {
    const id = store.hashAt(height)
    const block = id === undefined ? undefined : store.blockBytes(id)
    if (block === undefined) throw corrupt(`block ${height} is missing`)
    add(encodeLength(block.length))
    add(block)
    if (heldBytes < PIECE_BYTES) continue
    await flush()
    onProgress?.({ blocks: height - from + 1, bytes: written })
    signal?.throwIfAborted()
  }
  add(encodeLength(0))
  add(encodeLength(to - from + 1))
  add(hash.copy().digest())
  await flush()
  onProgress?.({ blocks: to - from + 1, bytes: written })
  return written
}
