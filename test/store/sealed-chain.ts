// Blocks with real seals and signatures on an authority network whose slots lie in the past: for the rooms above the
// ledger, which check them.
import { type KeyPair, keyPairFromLabel } from '../../src/crypto/index.ts'
import {
  type Consensus,
  createConsensus,
  createGenesis,
  type Genesis,
  type HeaderNode
} from '../../src/ledger/index.ts'
import {
  assembleBlock,
  type Block,
  decodeHeader,
  encodeHeader,
  type Hex,
  type SealedHeader,
  sealHeader,
  signTransaction,
  type Transaction,
  type TransactionFields,
  toHex,
  transactionsRoot
} from '../../src/wire/index.ts'

const SLOT_MS = 1000
const GENESIS_TIME = 1_700_000_000_000

const keys = new Map<string, KeyPair>()
export function keyOf(name: string): KeyPair {
  const key = keys.get(name) ?? keyPairFromLabel(`sealed chain ${name}`)
  keys.set(name, key)
  return key
}

export function addressOf(name: string): Hex {
  return toHex(keyOf(name).publicKey)
}

const SEALERS = ['s0', 's1', 's2']
export const PEOPLE = ['p0', 'p1', 'p2', 'p3']
export const BALANCE = 1_000_000
export const REWARD = 50

export function makeGenesis(name = 'sealed'): Genesis {
  return createGenesis({
    schema: 'starling-genesis/1',
    name,
    time: GENESIS_TIME,
    consensus: { kind: 'authority', slotMs: SLOT_MS, sealers: SEALERS.map(addressOf) },
    reward: REWARD,
    accounts: PEOPLE.map((person) => ({ address: addressOf(person), balance: BALANCE }))
  })
}

export const genesis = makeGenesis()
const consensus: Consensus = createConsensus(genesis)

export function transfer(
  from: string,
  to: string,
  nonce: number,
  fields: Partial<TransactionFields> = {}
): Transaction {
  const defaults = { network: genesis.network, amount: 5, fee: 1, validUntil: 0, data: new Uint8Array(0) }
  return signTransaction(
    { ...defaults, sender: addressOf(from), recipient: addressOf(to), nonce, ...fields },
    keyOf(from).sign
  )
}

export interface BlockPlan {
  readonly transactions?: readonly Transaction[]
  /** Slots after the parent's; 1 by default. */
  readonly gap?: number
  /** Places after the sealer in turn; 0 by default. */
  readonly outOfTurn?: number
}

/** A block that every check of header, seal and root accepts. */
export function makeBlock(parent: SealedHeader, { transactions = [], gap = 1, outOfTurn = 0 }: BlockPlan = {}): Block {
  const slot = Math.floor((parent.time - GENESIS_TIME) / SLOT_MS) + gap
  const sealer = SEALERS[(slot + outOfTurn) % SEALERS.length] ?? ''
  const producer = addressOf(sealer)
  const { hash, height, time: parentTime } = parent
  const node: HeaderNode = { hash, height, time: parentTime, work: 0n, parent: undefined, header: parent }
  const time = consensus.sealTime?.(node, producer, GENESIS_TIME + slot * SLOT_MS) ?? 0
  const header = decodeHeader(
    encodeHeader({
      network: genesis.network,
      parent: hash,
      height: height + 1,
      time,
      merkleRoot: transactionsRoot(transactions),
      producer,
      bits: consensus.bitsFor(node, time, producer),
      nonce: '00'.repeat(8)
    })
  )
  return assembleBlock(sealHeader(header, keyOf(sealer).sign), transactions)
}

export function makeBranch(parent: SealedHeader, plans: readonly BlockPlan[]): Block[] {
  const blocks: Block[] = []
  for (const plan of plans) blocks.push(makeBlock(blocks.at(-1)?.header ?? parent, plan))
  return blocks
}
