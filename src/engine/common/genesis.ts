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
import { type Misbehaviour, rolesOf, type Scenario } from '../../scenario/index.ts'
import { toHex } from '../../wire/index.ts'

/** Load accounts: enough that two transactions of one sender are seldom in flight together. */
const LOAD_ACCOUNTS_MIN = 10
const LOAD_ACCOUNTS_MAX = 500
/** Transactions that each account of the load per block sends in one: few, so that one a node lacks holds up few. */
const PER_BLOCK_AND_ACCOUNT = 4
/** Block intervals by which the chain may be off schedule until the difficulty doubles or halves. */
const HALF_LIFE_INTERVALS = 40

export interface TestnetGenesis {
  readonly genesis: Genesis
  readonly loadKeys: readonly KeyPair[]
  /** Senders of what is laid into mempools before each block. */
  readonly blockLoadKeys: readonly KeyPair[]
  /** Hashes per second of each miner: what the scenario says, or less where the hashes of a block are limited. */
  readonly hashRate: number
}

/** Sealers that a genesis can name. */
const SEALERS_MAX = 1000

/** The nodes that produce, by their place in the list: honest ones from the first on. */
export function producersOf(scenario: Scenario): boolean[] {
  const wanted = scenario.block.producers ?? scenario.nodes
  let left = scenario.consensus === 'authority' ? Math.min(wanted, SEALERS_MAX) : wanted
  return rolesOf(scenario).map((role) => role === undefined && left-- > 0)
}

/** Misbehaviours that are blocks: under authority their nodes have turns, or nobody would look at what they make. */
const MAKES_BLOCKS: ReadonlySet<Misbehaviour> = new Set([
  'invalid-blocks',
  'garbage-short-ids',
  'garbled-signatures',
  'withholding',
  'equivocator'
])

/** The nodes that have turns under authority. */
function sealersOf(scenario: Scenario): boolean[] {
  const produces = producersOf(scenario)
  return rolesOf(scenario).map((role, i) => produces[i] === true || (role !== undefined && MAKES_BLOCKS.has(role)))
}

/**
 * `keys`: public keys of the nodes in order. `time`: ms since the epoch. `hashesPerBlockMax`: where the time of a block
 * is drawn, hashing is only the proof, and every hash beyond is waste: miners and difficulty are scaled down alike.
 */
export function testnetGenesis(
  scenario: Scenario,
  keys: readonly Uint8Array[],
  seed: number,
  time: number,
  hashesPerBlockMax = Number.POSITIVE_INFINITY
): TestnetGenesis {
  const { rate, senders } = scenario.load
  const count = senders ?? Math.min(LOAD_ACCOUNTS_MAX, Math.max(LOAD_ACCOUNTS_MIN, Math.ceil(rate * 2)))
  const loadKeys = Array.from({ length: count }, (_, i) => keyPairFromLabel(`starling testnet ${seed} load ${i}`))
  const blockLoadKeys = Array.from({ length: Math.ceil(scenario.load.perBlock / PER_BLOCK_AND_ACCOUNT) }, (_, i) =>
    keyPairFromLabel(`starling testnet ${seed} block load ${i}`)
  )
  const seals = sealersOf(scenario)
  const sealers = keys.filter((_, i) => seals[i])
  // Difficulty starts where all miners together need one interval for a block.
  const wanted = (sealers.length * scenario.mining.hashRate * scenario.block.interval) / 1000
  const perBlock = Math.min(hashesPerBlockMax, Math.max(2, Math.round(wanted)))
  const genesis = createGenesis({
    schema: 'starling-genesis/1',
    name: scenario.name,
    time: Math.floor(time),
    consensus: consensusOf(scenario, sealers, perBlock),
    reward: tcpEngineDefaults.blockReward,
    accounts: [
      ...DEVELOPMENT_ACCOUNTS.map((name) => ({
        address: toHex(developmentKey(name).publicKey),
        balance: tcpEngineDefaults.developmentBalance
      })),
      ...[...loadKeys, ...blockLoadKeys].map(({ publicKey }) => ({
        address: toHex(publicKey),
        balance: tcpEngineDefaults.loadBalance
      }))
    ]
  })
  const hashRate = wanted > perBlock ? (scenario.mining.hashRate * perBlock) / wanted : scenario.mining.hashRate
  return { genesis, loadKeys, blockLoadKeys, hashRate }
}

function consensusOf(
  scenario: Scenario,
  sealers: readonly Uint8Array[],
  hashesPerBlock: number
): PowParameters | AuthorityParameters {
  const intervalMs = scenario.block.interval
  if (scenario.consensus === 'authority') {
    return { kind: 'authority', slotMs: intervalMs, sealers: sealers.map(toHex) }
  }
  const bits = targetToBits((1n << 256n) / BigInt(hashesPerBlock))
  return { kind: 'pow', intervalMs, halfLifeMs: HALF_LIFE_INTERVALS * intervalMs, bits }
}
