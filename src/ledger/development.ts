// The ten well-known accounts of a testnet. Anyone can derive their keys: never use them for anything of worth.
import { type KeyPair, keyPairFromLabel } from '../crypto/index.ts'

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

/** The key pair of a development account, by name. */
export function developmentKey(name: string): KeyPair {
  return keyPairFromLabel(`starling development account ${name}`)
}
