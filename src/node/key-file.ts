// The node's secret on disk: 64 hex digits in a file that only its owner may read.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Entropy } from '../runtime/index.ts'
import { fromHex, toHex } from '../wire/index.ts'

export class KeyFileError extends Error {
  readonly code = 'bad-key-file'
  constructor(message: string) {
    super(message)
    this.name = 'KeyFileError'
  }
}

/**
 * Reads `node.key` in the directory, or makes one; without a directory the secret lives in memory only. The caller has
 * the directory's store open: no other process makes a key there meanwhile.
 */
export function loadOrCreateSecret(directory: string | undefined, entropy: Entropy): Uint8Array {
  if (directory === undefined) return entropy.bytes(32)
  const path = join(directory, 'node.key')
  try {
    return fromHex(readFileSync(path, 'utf8').trim(), 32)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new KeyFileError(
        `${path} is not a node key (64 hex digits). Restore it, or remove it to get a new identity.`
      )
    }
  }
  const secret = entropy.bytes(32)
  // Whole or not at all: half a key would keep the node from starting.
  writeFileSync(`${path}.new`, `${toHex(secret)}\n`, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
  return secret
}
