// Key files: JSON `{"schema":"starling-key/1","address":…,"secret":…}`, or nothing but the secret's 64 hex digits.
// Mode 0600, never overwritten by accident; a secret appears in no message.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { type KeyPair, keyPairFromSecret } from '../crypto/index.ts'
import { fromHex, type Hex, toHex } from '../wire/index.ts'
import { CliError } from './errors.ts'

const KEY_FILE_SCHEMA = 'starling-key/1'
export type KeyFormat = 'json' | 'hex'

/** Writes a secret. Throws `key-exists` when the file is there, unless `force`. */
export function writeKeyFile(path: string, key: KeyPair, format: KeyFormat, force: boolean): void {
  const secret = toHex(key.secret)
  const content = { schema: KEY_FILE_SCHEMA, address: toHex(key.publicKey), secret }
  const text = format === 'hex' ? `${secret}\n` : `${JSON.stringify(content, null, 2)}\n`
  try {
    // 'wx' makes "is it there?" and "write it" one step.
    writeFileSync(path, text, { mode: 0o600, flag: force ? 'w' : 'wx' })
    // The mode above holds for a new file only.
    if (force) chmodSync(path, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CliError('key-exists', `${path} exists already, and a lost key is lost for good.`, {
      hint: 'Choose another file, or replace it with --force.'
    })
  }
}

/** Reads either form. Throws `bad-key` with what is wrong, never with what is in it. */
export function readKeyFile(path: string): KeyPair {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CliError('no-key', `There is no key file ${path}.`, { hint: `Make one: npx starling key new ${path}` })
  }
  return parseKey(text, path)
}

/** The key in a file's text. Throws `bad-key`; `path` is for the message. */
export function parseKey(text: string, path: string): KeyPair {
  const { secret, address } = text.startsWith('{') ? parseJson(text, path) : { secret: text, address: undefined }
  const key = keyOf(secret, path)
  if (address !== undefined && address.toLowerCase() !== toHex(key.publicKey)) {
    throw badKey(path, 'its address does not belong to its secret')
  }
  return key
}

function parseJson(text: string, path: string): { secret: string; address: string | undefined } {
  let content: { schema?: unknown; secret?: unknown; address?: unknown }
  try {
    content = JSON.parse(text) as typeof content
  } catch {
    throw badKey(path, 'it is not valid JSON')
  }
  if (content.schema !== KEY_FILE_SCHEMA) throw badKey(path, `its schema is not "${KEY_FILE_SCHEMA}"`)
  if (typeof content.secret !== 'string') throw badKey(path, 'it has no secret')
  return { secret: content.secret, address: typeof content.address === 'string' ? content.address : undefined }
}

function keyOf(secret: Hex, path: string): KeyPair {
  let bytes: Uint8Array
  try {
    bytes = fromHex(secret, 32)
  } catch {
    throw badKey(path, 'its secret is not 64 hex digits')
  }
  return keyPairFromSecret(bytes)
}

function badKey(path: string, reason: string): CliError {
  return new CliError('bad-key', `${path} is not a key file: ${reason}.`)
}
