// The ten well-known accounts of a testnet. Anyone can derive their keys: never use them for anything of worth.
import { type KeyPair, keyPairFromLabel } from '../crypto/index.ts'
import { type Hex, toHex } from '../wire/index.ts'

export const DEVELOPMENT_ACCOUNTS: readonly string[] = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy'
]

let namesByAddress: ReadonlyMap<Hex, string> | undefined

/** The name of a development account by its address; `undefined` for any other address. */
export function developmentName(address: Hex): string | undefined {
  // Derived when first needed: ten key pairs cost a millisecond that most processes can do without.
  namesByAddress ??= new Map(DEVELOPMENT_ACCOUNTS.map((name) => [toHex(developmentKey(name).publicKey), name]))
  return namesByAddress.get(address)
}

/** The key pair of a development account, by name. */
export function developmentKey(name: string): KeyPair {
  return keyPairFromLabel(`starling development account ${name}`)
}
