// The genesis of a testnet: funds the well-known development accounts, and accounts of its own for the load, so that
// a person's transactions never meet the load's nonces.
import { tcpEngineDefaults } from '../../config/index.ts'
import { type KeyPair, keyPairFromLabel } from '../../crypto/index.ts'
import {
  type AuthorityParameters,
  createGenesis,
  DEVELOPMENT_ACCOUNTS,
  developmentKey,
  type Genesis,
  type PowParameters,
  targetToBits
} from '../../ledger/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { toHex } from '../../wire/index.ts'

/** Load accounts: enough that two transactions of one sender are seldom in flight together. */
const LOAD_ACCOUNTS_MIN = 10
const LOAD_ACCOUNTS_MAX = 500
/** Block intervals by which the chain may be off schedule until the difficulty doubles or halves. */
const HALF_LIFE_INTERVALS = 40

export interface TestnetGenesis {
  readonly genesis: Genesis
  readonly loadKeys: readonly KeyPair[]
}

/** `sealers`: public keys of the nodes in order. `time`: ms since the epoch. */
export function testnetGenesis(
  scenario: Scenario,
  sealers: readonly Uint8Array[],
  seed: number,
  time: number
): TestnetGenesis {
  const count = Math.min(LOAD_ACCOUNTS_MAX, Math.max(LOAD_ACCOUNTS_MIN, Math.ceil(scenario.load.rate * 2)))
  const loadKeys = Array.from({ length: count }, (_, i) => keyPairFromLabel(`starling testnet ${seed} load ${i}`))
  const genesis = createGenesis({
    schema: 'starling-genesis/1',
    name: scenario.name,
    time: Math.floor(time),
    consensus: consensusOf(scenario, sealers),
    reward: tcpEngineDefaults.blockReward,
    accounts: [
      ...DEVELOPMENT_ACCOUNTS.map((name) => ({
        address: toHex(developmentKey(name).publicKey),
        balance: tcpEngineDefaults.developmentBalance
      })),
      ...loadKeys.map(({ publicKey }) => ({ address: toHex(publicKey), balance: tcpEngineDefaults.loadBalance }))
    ]
  })
  return { genesis, loadKeys }
}

function consensusOf(scenario: Scenario, sealers: readonly Uint8Array[]): PowParameters | AuthorityParameters {
  const intervalMs = scenario.block.interval
  if (scenario.consensus === 'authority') {
    return { kind: 'authority', slotMs: intervalMs, sealers: sealers.map(toHex) }
  }
  // Difficulty starts where all miners together need one interval for a block.
  const hashesPerBlock = Math.max(2, Math.round((sealers.length * scenario.mining.hashRate * intervalMs) / 1000))
  const bits = targetToBits((1n << 256n) / BigInt(hashesPerBlock))
  return { kind: 'pow', intervalMs, halfLifeMs: HALF_LIFE_INTERVALS * intervalMs, bits }
}
