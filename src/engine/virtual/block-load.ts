// Load without gossip: before each block, transactions are laid into the mempools, as if they had been spread long ago.
// The producer has all of them, any other node each with a chance: mempools that agree to a known degree, which is what
// the size of a compact block depends on.
import type { KeyPair } from '../../crypto/index.ts'
import { type AuthorityParameters, type Genesis, leastFee } from '../../ledger/index.ts'
import type { Random, TimerHandle } from '../../runtime/index.ts'
import { type Hex, signTransaction, type Transaction, toHex } from '../../wire/index.ts'
import type { Scheduler } from './scheduler.ts'
import type { VirtualNode } from './virtual-node.ts'

export interface BlockLoadInit {
  readonly genesis: Genesis
  /** Senders: a few transactions of each go into a block. */
  readonly keys: readonly KeyPair[]
  readonly perBlock: number
  /** Chance that a node which is not to produce the block has a transaction. */
  readonly shared: number
  readonly dataBytes: number
  readonly nodes: readonly VirtualNode[]
  readonly scheduler: Scheduler
  readonly random: Random
}

/** So long before a slot opens, ms: longer ago than what a producer sends whole because peers may not have it yet. */
const LEAD_MS = 1_000
/** For each kilobyte started. */
const FEE_MAX = 10

export class BlockLoad {
  readonly #init: BlockLoadInit
  readonly #ids = new Set<Hex>()
  #laid = 0
  #timer: TimerHandle | undefined
  #running = false

  constructor(init: BlockLoadInit) {
    this.#init = init
  }

  /** Transactions laid so far. */
  get laid(): number {
    return this.#laid
  }

  has(id: Hex): boolean {
    return this.#ids.has(id)
  }

  start(): void {
    if (this.#init.perBlock === 0 || this.#running) return
    this.#running = true
    const { consensus } = this.#init.genesis.file
    if (consensus.kind === 'authority') this.#waitForSlot(consensus)
    else this.onNewHeight()
  }

  stop(): void {
    this.#running = false
    this.#timer?.cancel()
  }

  /** A block is the first of its height: under proof of work the next one is being mined from now on. */
  onNewHeight(): void {
    if (!this.#running || this.#init.genesis.file.consensus.kind !== 'pow') return
    // After the event that told of it.
    this.#timer = this.#init.scheduler.after(0, () => this.#lay(undefined))
  }

  #waitForSlot({ slotMs, sealers }: AuthorityParameters): void {
    const { scheduler, genesis } = this.#init
    const slot = Math.floor((scheduler.now + LEAD_MS - genesis.file.time) / slotMs) + 1
    const opensAt = genesis.file.time + slot * slotMs
    this.#timer = scheduler.at(opensAt - LEAD_MS, () => {
      this.#lay(sealers[slot % sealers.length])
      this.#waitForSlot({ kind: 'authority', slotMs, sealers })
    })
  }

  /** `producer`: whose turn is next; unknown under proof of work, where all who may produce have everything. */
  #lay(producer: Hex | undefined): void {
    const { nodes, shared, random, perBlock } = this.#init
    const transactions = this.#make(perBlock)
    const hasAll = (node: VirtualNode): boolean =>
      producer === undefined ? node.node.producer !== undefined : toHex(node.publicKey) === producer
    for (const node of nodes) {
      const chance = hasAll(node) ? 1 : shared
      for (const transaction of transactions) {
        if (chance === 1 || random.next() < chance) node.node.mempool.add(transaction)
      }
    }
  }

  #make(count: number): Transaction[] {
    const { keys, genesis, random, dataBytes } = this.#init
    return Array.from({ length: count }, () => {
      const number = this.#laid++
      const sender = keys[number % keys.length]
      const recipient = random.pick(keys)
      if (sender === undefined || recipient === undefined) throw new RangeError('load without senders')
      const transaction = signTransaction(
        {
          network: genesis.network,
          sender: toHex(sender.publicKey),
          recipient: toHex(recipient.publicKey),
          amount: 1 + random.int(100),
          fee: leastFee(dataBytes, 1 + random.int(FEE_MAX)),
          nonce: Math.floor(number / keys.length),
          validUntil: 0,
          data: new Uint8Array(dataBytes)
        },
        sender.sign
      )
      this.#ids.add(transaction.id)
      return transaction
    })
  }
}
