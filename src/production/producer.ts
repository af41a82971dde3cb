// Makes blocks: takes what the mempool offers, finds a nonce or waits for its slot, seals, and hands the block to the
// node like any other. A mined block is never treated better than a received one.
import { productionDefaults } from '../config/index.ts'
import type { KeyPair } from '../crypto/index.ts'
import { bitsToTarget, type Chain, type Consensus, type Head, type Mempool, targetToWork } from '../ledger/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'
import {
  assembleBlock,
  BLOCK_EMPTY_BYTES,
  type Block,
  decodeHeader,
  encodeHeader,
  type HeaderFields,
  type Hex,
  sealHeader,
  type Transaction,
  toHex,
  transactionsRoot
} from '../wire/index.ts'
import { NonceSearch } from './pow-search.ts'

export interface ProducerComponents {
  readonly chain: Chain
  readonly consensus: Consensus
  readonly mempool: Pick<Mempool, 'select'>
  readonly runtime: Runtime
  /** False while the node is catching up: building on an old head would only make stale blocks. */
  readonly inStep: () => boolean
  /** Takes a sealed block; resolves when it has been imported. */
  readonly onSealed: (block: Block) => Promise<void>
}

export interface ProducerInit {
  readonly key: KeyPair
  readonly network: Hex
  readonly blockMaxBytes: number
  /** Proof of work: hashes per second. */
  readonly hashRate: number
  /**
   * `hashing`, the default: hashes at that rate. `drawn`: draws the time until its next block from the exponential
   * distribution that hashing has, then finds the nonce at once: for virtual time, where the wait costs nothing.
   */
  readonly search?: 'hashing' | 'drawn'
}

interface Template {
  readonly head: Head
  readonly madeAt: number
  readonly fields: HeaderFields
  readonly transactions: readonly Transaction[]
  readonly search: NonceSearch | undefined
}

/** What makes blocks, as its node sees it. */
export interface Production {
  readonly running: boolean
  start(): void
  stop(): void
}

export class Producer implements Production {
  readonly #components: ProducerComponents
  readonly #init: ProducerInit
  readonly #publicKey: Hex
  #timer: TimerHandle | undefined
  #template: Template | undefined
  #lastSliceAt = 0
  /** Hashes that the configured rate allowed and no slice has done yet. */
  #owed = 0
  /** `drawn`: when the next block is found; `undefined`: to be drawn. */
  #foundAt: number | undefined
  /** The slot in which production began: whoever was to fill it may have done so unseen. */
  #skippedSlot: number | undefined
  #running = false
  /** Counts starts and stops, so that a turn that began before does not go on after. */
  #generation = 0

  constructor(components: ProducerComponents, init: ProducerInit) {
    this.#components = components
    this.#init = init
    this.#publicKey = toHex(init.key.publicKey)
  }

  get running(): boolean {
    return this.#running
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#generation++
    const now = this.#components.runtime.clock.now()
    this.#lastSliceAt = now
    this.#owed = 0
    this.#foundAt = undefined
    this.#skippedSlot = this.#components.consensus.slotOf?.(now)
    this.#next(0)
  }

  stop(): void {
    this.#running = false
    this.#generation++
    this.#timer?.cancel()
    this.#template = undefined
  }

  #next(ms: number): void {
    if (!this.#running) return
    const generation = this.#generation
    const next = (wait: number): void => {
      if (generation === this.#generation) this.#next(wait)
    }
    this.#timer = this.#components.runtime.timers.after(ms, () => {
      this.#turn().then(next, (error) => {
        this.#components.runtime.logger.error('could not produce a block', { error: String(error) })
        next(productionDefaults.templateAgeMs)
      })
    })
  }

  /** One slice of hashing, or a look at whose turn it is. Resolves with the wait until the next, ms. */
  #turn(): Promise<number> {
    if (!this.#components.inStep()) {
      this.#foundAt = undefined
      return Promise.resolve(productionDefaults.sliceMs)
    }
    if (this.#components.consensus.sealTime !== undefined) return this.#takeTurn()
    return this.#init.search === 'drawn' ? this.#mineDrawn() : this.#mine()
  }

  async #mine(): Promise<number> {
    const template = this.#freshTemplate()
    const found = this.#searchSlice(template)
    if (found === undefined) return productionDefaults.sliceMs
    await this.#seal(template, found)
    return 0
  }

  /**
   * Spends the hashes that the configured rate has allowed, within the CPU limit of a slice. What a slice or a late
   * timer leaves over is owed to the next ones: a miner on a busy machine must not fall behind its rate.
   */
  #searchSlice(template: Template): Uint8Array | undefined {
    const { runtime } = this.#components
    const { hashRate } = this.#init
    const startedAt = runtime.clock.now()
    const allowed = ((startedAt - this.#lastSliceAt) * hashRate) / 1000
    this.#lastSliceAt = startedAt
    this.#owed = Math.min(this.#owed + allowed, Math.max(1, (productionDefaults.owedMaxMs * hashRate) / 1000))
    while (this.#owed >= 1 && runtime.clock.now() - startedAt < productionDefaults.sliceMaxMs) {
      const count = Math.min(Math.floor(this.#owed), HASHES_BETWEEN_CLOCK_READS)
      const found = template.search?.run(count)
      this.#owed -= count
      if (found !== undefined) return found
    }
    return undefined
  }

  /**
   * Waiting times of hashing have no memory, so a draw may be thrown away for a new one at any moment: that is done
   * every template's age, so that it follows the difficulty. Whatever the head is when the time comes, is built on.
   */
  async #mineDrawn(): Promise<number> {
    const { runtime } = this.#components
    const now = runtime.clock.now()
    if (this.#foundAt !== undefined && this.#foundAt <= now) {
      this.#foundAt = undefined
      const template = this.#makeTemplate(Math.max(Math.floor(now), this.#components.chain.head.time + 1))
      let found: Uint8Array | undefined
      while (found === undefined) found = template.search?.run(HASHES_BETWEEN_CLOCK_READS)
      await this.#seal(template, found)
      return 0
    }
    const wait = runtime.random.exponential((1000 * this.#expectedHashes()) / this.#init.hashRate)
    this.#foundAt = wait <= productionDefaults.templateAgeMs ? now + wait : undefined
    return Math.min(wait, productionDefaults.templateAgeMs)
  }

  /** Hashes that the next block takes on average. */
  #expectedHashes(): number {
    const { chain, consensus, runtime } = this.#components
    const parent = chain.headerNode(chain.head.hash)
    if (parent === undefined) throw new Error('the head has no header')
    const bits = consensus.bitsFor(parent, Math.floor(runtime.clock.now()), this.#publicKey)
    return Number(targetToWork(bitsToTarget(bits) ?? 1n))
  }

  async #takeTurn(): Promise<number> {
    const { chain, consensus, runtime } = this.#components
    const parent = chain.headerNode(chain.head.hash)
    const now = runtime.clock.now()
    if (consensus.slotOf?.(now) === this.#skippedSlot) return productionDefaults.sliceMs
    const sealAt = parent === undefined ? undefined : consensus.sealTime?.(parent, this.#publicKey, Math.floor(now))
    if (sealAt === undefined) return productionDefaults.templateAgeMs
    // A new head can move our turn: further away, which shows when it comes, or nearer after a reorganisation.
    if (sealAt > now) return Math.min(sealAt - now, productionDefaults.templateAgeMs)
    const template = this.#makeTemplate(Math.max(sealAt, chain.head.time + 1))
    await this.#seal(template, encodeHeader(template.fields))
    return 0
  }

  #freshTemplate(): Template {
    const { chain, runtime } = this.#components
    const now = runtime.clock.now()
    const held = this.#template
    if (held?.head.hash === chain.head.hash && now - held.madeAt < productionDefaults.templateAgeMs) return held
    this.#template = this.#makeTemplate(Math.max(Math.floor(now), chain.head.time + 1))
    return this.#template
  }

  #makeTemplate(time: number): Template {
    const { chain, consensus, mempool, runtime } = this.#components
    const { head } = chain
    const parent = chain.headerNode(head.hash)
    if (parent === undefined) throw new Error('the head has no header')
    const transactions = mempool.select({
      maxBytes: this.#init.blockMaxBytes - BLOCK_EMPTY_BYTES,
      maxCount: productionDefaults.transactionsMax
    })
    const fields: HeaderFields = {
      network: this.#init.network,
      parent: head.hash,
      height: head.height + 1,
      time,
      merkleRoot: transactionsRoot(transactions),
      producer: this.#publicKey,
      bits: consensus.bitsFor(parent, time, this.#publicKey),
      nonce: '0000000000000000'
    }
    const target = consensus.kind === 'pow' ? bitsToTarget(fields.bits) : undefined
    const search =
      target === undefined ? undefined : new NonceSearch(encodeHeader(fields), target, runtime.random.int(2 ** 32))
    return { head, madeAt: runtime.clock.now(), fields, transactions, search }
  }

  async #seal(template: Template, headerBytes: Uint8Array): Promise<void> {
    this.#template = undefined
    const header = sealHeader(decodeHeader(headerBytes), this.#init.key.sign)
    await this.#components.onSealed(assembleBlock(header, template.transactions))
  }
}

/** About 0.3 ms of hashing. */
const HASHES_BETWEEN_CLOCK_READS = 64
