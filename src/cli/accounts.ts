// Whom people mean: a development account's name or an address.
import { resolve } from 'node:path'
import type { KeyPair } from '../crypto/index.ts'
import { toHex } from '../wire/index.ts'
import { usageError } from './errors.ts'
import { readKeyFile } from './keys.ts'
import { abbreviate } from './parse.ts'

export interface Sender {
  /** What to call it in sentences. */
  readonly name: string
  readonly address: string
  readonly key: KeyPair
}

/** The key of `--from NAME` or `--key FILE`; exactly one of them. */
export async function senderOf(flags: { from?: string; key?: string }, cwd: string): Promise<Sender> {
  if ((flags.from === undefined) === (flags.key === undefined)) {
    throw usageError('Say who pays: either --from NAME (a development account) or --key FILE.')
  }
  const key =
    flags.key === undefined ? await developmentAccount(flags.from ?? '') : readKeyFile(resolve(cwd, flags.key))
  const address = toHex(key.publicKey)
  return { key, address, name: flags.from?.toLowerCase() ?? `${address.slice(0, 8)}…` }
}

/** The address of a name or of an address; `undefined` name for addresses that have none. */
export async function recipientOf(text: string): Promise<{ address: string; name: string }> {
  if (/^[0-9a-f]{64}$/i.test(text)) {
    const address = text.toLowerCase()
    return { address, name: `${address.slice(0, 8)}…` }
  }
  return { address: toHex((await developmentAccount(text, true)).publicKey), name: text.toLowerCase() }
}

/** Name or address as the API takes it. Throws for what is neither, before anyone is asked. */
export async function accountIdOf(text: string): Promise<string> {
  return (await recipientOf(text)).address
}

async function developmentAccount(text: string, orAddress = false): Promise<KeyPair> {
  const { DEVELOPMENT_ACCOUNTS, developmentKey } = await import('../ledger/index.ts')
  const name = text.toLowerCase()
  if (DEVELOPMENT_ACCOUNTS.includes(name)) return developmentKey(name)
  const addressToo = orAddress ? ' nor an address (64 hex digits)' : ''
  const neither = orAddress ? 'neither' : 'not'
  throw usageError(
    `"${abbreviate(text)}" is ${neither} a development account${addressToo}.`,
    `The accounts: ${DEVELOPMENT_ACCOUNTS.join(' ')}${orAddress ? '' : '; with a key of your own: --key FILE'}`
  )
}
