// Blocks for tests: an authority network whose seals and signatures are zeros (the ledger leaves those to its
// callers), and a store of Maps behind the chain.
import { type KeyPair, keyPairFromLabel } from '../../src/crypto/index.ts'
import {
  type BlockReader,
  Chain,
  type ChainInit,
  type ChainUpdate,
  type Consensus,
  createConsensus,
  createGenesis,
  type Genesis,
  type HeaderNode,
  type Undo
} from '../../src/ledger/index.ts'
import {
  assembleBlock,
  type Block,
  decodeHeader,
  encodeHeader,
  type Hex,
  type HeaderFields,
  type SealedHeader,
  signTransaction,
  type Transaction,
  type TransactionFields,
  toHex,
  transactionsRoot
} from '../../src/wire/index.ts'

export const GENESIS_TIME = 1_700_000_000_000
export const SLOT_MS = 1000
export const REWARD = 50

const keys = new Map<string, KeyPair>()
export function keyOf(label: string): Hex {
  const pair = keys.get(label) ?? keyPairFromLabel(`test ${label}`)
  keys.set(label, pair)
  return toHex(pair.publicKey)
}

export const SEALERS = ['s0', 's1', 's2'].map(keyOf)
/** Funded with 1,000 each. */
export const PEOPLE = ['p0', 'p1', 'p2', 'p3'].map(keyOf)

export const genesis: Genesis = createGenesis({
  schema: 'starling-genesis/1',
  name: 'test',
  time: GENESIS_TIME,
  consensus: { kind: 'authority', slotMs: SLOT_MS, sealers: SEALERS },
  reward: REWARD,
  accounts: PEOPLE.map((address) => ({ address, balance: 1000 }))
})

export const consensus: Consensus = createConsensus(genesis)

export function nodeOf(header: SealedHeader, parent?: HeaderNode): HeaderNode {
  const { hash, height, time } = header
  return { hash, height, time, work: (parent?.work ?? 0n) + consensus.work(header), parent, header }
}

export const genesisNode = nodeOf(genesis.header)

export function makeHeader(
  fields: Partial<HeaderFields> & Pick<HeaderFields, 'parent' | 'height' | 'time'>
): SealedHeader {
  const header = decodeHeader(
    encodeHeader({
      network: genesis.network,
      merkleRoot: '00'.repeat(32),
      producer: SEALERS[0] ?? '',
      bits: 2,
      nonce: '00'.repeat(8),
      ...fields
    })
  )
  return { ...header, seal: new Uint8Array(64) }
}

export interface BlockPlan {
  /** Slots after the parent's; 1 by default. */
  readonly gap?: number
  /** Index into SEALERS; the one in turn by default. */
  readonly sealer?: number
  readonly transactions?: readonly Transaction[]
  readonly nonce?: Hex
}

/** A block that keeps every rule of a header. */
export function makeBlock(parent: SealedHeader, plan: BlockPlan = {}): Block {
  const slot = Math.floor((parent.time - GENESIS_TIME) / SLOT_MS) + (plan.gap ?? 1)
  const producer = SEALERS[plan.sealer ?? slot % SEALERS.length] ?? ''
  const parentNode = nodeOf(parent)
  const time = consensus.sealTime?.(parentNode, producer, GENESIS_TIME + slot * SLOT_MS) ?? 0
  const transactions = plan.transactions ?? []
  const header = makeHeader({
    parent: parent.hash,
    height: parent.height + 1,
    time,
    merkleRoot: transactionsRoot(transactions),
    producer,
    bits: consensus.bitsFor(parentNode, time, producer),
    nonce: plan.nonce ?? '00'.repeat(8)
  })
  return assembleBlock(header, transactions)
}

/** `length` blocks on top of each other, each with its own plan. */
export function makeBranch(
  parent: SealedHeader,
  length: number,
  plan: (index: number) => BlockPlan = () => ({})
): Block[] {
  const blocks: Block[] = []
  for (let i = 0; i < length; i++) blocks.push(makeBlock(blocks.at(-1)?.header ?? parent, plan(i)))
  return blocks
}

export function transfer(
  fields: Partial<TransactionFields> & Pick<TransactionFields, 'sender' | 'nonce'>
): Transaction {
  const zeros = () => new Uint8Array(64)
  const defaults = { network: genesis.network, recipient: PEOPLE[1] ?? '', amount: 5, fee: 1, validUntil: 0 }
  return signTransaction({ ...defaults, data: new Uint8Array(0), ...fields }, zeros)
}

/** What a store does for the chain, in Maps. */
export class MemoryBlocks implements BlockReader {
  readonly blocks = new Map<Hex, Block>()
  readonly undos = new Map<Hex, Undo>()
  headersRead = 0

  header(hash: Hex): SealedHeader | undefined {
    this.headersRead++
    return this.blocks.get(hash)?.header
  }

  body(hash: Hex): Block | undefined {
    return this.blocks.get(hash)
  }

  undo(hash: Hex): Undo | undefined {
    return this.undos.get(hash)
  }

  write(update: ChainUpdate): void {
    for (const { block, undo } of update.connected) {
      this.blocks.set(block.header.hash, block)
      this.undos.set(block.header.hash, undo)
    }
  }
}

/** A chain with its store, and every update it made. */
export class TestNode {
  readonly store = new MemoryBlocks()
  readonly updates: ChainUpdate[] = []
  readonly chain: Chain
  now = Number.MAX_SAFE_INTEGER

  constructor(init: ChainInit = {}, using: { genesis: Genesis; consensus: Consensus } = { genesis, consensus }) {
    this.chain = new Chain({ ...using, blocks: this.store }, init)
  }

  /** Header, then body. */
  insert(...blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.chain.insertHeader(block.header, this.now)
      this.chain.insertBody(block)
    }
  }

  /** Applies until there is nothing to do. */
  settle(): void {
    for (let update = this.chain.apply(); update !== undefined; update = this.chain.apply()) {
      this.store.write(update)
      this.updates.push(update)
    }
  }

  import(...blocks: readonly Block[]): void {
    this.insert(...blocks)
    this.settle()
  }

  /** Every account, by address. */
  snapshot(): Record<Hex, { balance: number; nonce: number }> {
    return Object.fromEntries([...this.chain.accounts()].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  total(): number {
    return [...this.chain.accounts()].reduce((sum, [, { balance }]) => sum + balance, 0)
  }
}

export function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
  return 'nothing thrown'
}
