// What the killed node, its peer and their judge agree on: a network with cheap proof of work, and whose transactions
// are whose. A transaction is a function of (sender, nonce): a user who signs again after a crash signs the same.
import { gossipDefaults } from '../../src/config/index.ts'
import { type KeyPair, keyPairFromLabel } from '../../src/crypto/index.ts'
import { createGenesis, type Genesis, targetToBits } from '../../src/ledger/index.ts'
import type { NodeOptions } from '../../src/node/index.ts'
import { signTransaction, type Transaction, toHex } from '../../src/wire/index.ts'

export const REWARD = 50
const BALANCE = 1_000_000_000
/** Tries for a block on average. With the rate below: about ten blocks a second and miner. */
const HASHES_PER_BLOCK = 200
const HASHES_PER_SECOND = 2000

/** Both nodes: late enough for forks, quick enough in repair that they meet within a short life. */
export const NODE_OPTIONS: Pick<NodeOptions, 'hashRate' | 'latencyMs' | 'syncIntervalMs' | 'gossip'> = {
  hashRate: HASHES_PER_SECOND,
  latencyMs: 10,
  syncIntervalMs: 150,
  gossip: { ...gossipDefaults, heartbeatMs: 200 }
}

const keyOf = (owner: string): KeyPair => keyPairFromLabel(`crash test ${owner}`)
const addressOf = (key: KeyPair): string => toHex(key.publicKey)

/** Users of the node that is killed, and of its peer. */
export const USERS = ['a0', 'a1', 'a2', 'a3'].map(keyOf)
export const PEER_USERS = ['b0', 'b1'].map(keyOf)
const EVERYBODY = [...USERS, ...PEER_USERS].map(addressOf)

/** `time`: now, ms. Difficulty stays what it is for the length of a run. */
export function makeGenesis(time: number): Genesis {
  return createGenesis({
    schema: 'starling-genesis/1',
    name: 'crash',
    time,
    consensus: {
      kind: 'pow',
      intervalMs: 1000,
      halfLifeMs: 2 ** 31 - 1,
      bits: targetToBits((1n << 256n) / BigInt(HASHES_PER_BLOCK))
    },
    reward: REWARD,
    accounts: EVERYBODY.map((address) => ({ address, balance: BALANCE }))
  })
}

/** `salt`: never the same twice, so that a lost transaction can't come back as a new one of the same id. */
export function transactionOf({ network }: Genesis, user: KeyPair, nonce: number, salt: number): Transaction {
  const recipient = EVERYBODY[(nonce * 5 + 1) % EVERYBODY.length] ?? addressOf(user)
  const data = new Uint8Array(4 + ((nonce * 37) % 200))
  new DataView(data.buffer).setUint32(0, salt)
  const fields = { network, recipient, amount: nonce % 9, fee: 1 + (nonce % 3), nonce, validUntil: 0, data }
  return signTransaction({ ...fields, sender: addressOf(user) }, user.sign)
}

/** What every balance adds up to at a height. */
export function totalAt({ file }: Genesis, height: number): number {
  return file.accounts.reduce((sum, { balance }) => sum + balance, 0) + height * REWARD
}
