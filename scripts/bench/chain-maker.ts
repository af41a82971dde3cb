// A chain to measure with: one sealer, many accounts that pay each other in turn, every seal and signature real.
import { type KeyPair, keyPairFromLabel, sha256 } from '../../src/crypto/index.ts'
import { createGenesis, type Genesis } from '../../src/ledger/index.ts'
import { type Random, seededRandom } from '../../src/runtime/index.ts'
import {
  assembleBlock,
  type Block,
  decodeHeader,
  encodeHeader,
  type SealedHeader,
  sealHeader,
  signTransaction,
  TRANSACTION_MIN_BYTES,
  type Transaction,
  toHex,
  transactionsRoot
} from '../../src/wire/index.ts'

const SLOT_MS = 1000
/** In turn, as a single sealer always is. */
const WEIGHT = 2
/** In the past, so that no header is ahead of the clock. */
const GENESIS_TIME = 1_700_000_000_000
const BALANCE = 1_000_000_000

export interface ChainMakerInit {
  readonly accounts: number
  /** Of an encoded transaction. */
  readonly transactionBytes: number
  /** Addresses without keys and zeros for signatures, for what does not look at them. */
  readonly unsigned?: boolean
}

export class ChainMaker {
  readonly genesis: Genesis
  readonly #init: ChainMakerInit
  readonly #sealer = keyPairFromLabel('benchmark sealer')
  readonly #keys: readonly (Pick<KeyPair, 'sign'> & { readonly address: string })[]
  readonly #random: Random = seededRandom('benchmark')
  #tip: SealedHeader
  #made = 0

  constructor(init: ChainMakerInit) {
    this.#init = init
    this.#keys = Array.from({ length: init.accounts }, (_, i) => {
      const label = `benchmark account ${i}`
      if (init.unsigned === true) return { address: toHex(sha256(Buffer.from(label))), sign: () => new Uint8Array(64) }
      const { publicKey, sign } = keyPairFromLabel(label)
      return { address: toHex(publicKey), sign }
    })
    this.genesis = createGenesis({
      schema: 'starling-genesis/1',
      name: 'benchmark',
      time: GENESIS_TIME,
      consensus: { kind: 'authority', slotMs: SLOT_MS, sealers: [toHex(this.#sealer.publicKey)] },
      reward: 50,
      accounts: this.#keys.map(({ address }) => ({ address, balance: BALANCE }))
    })
    this.#tip = this.genesis.header
  }

  /** The accounts send in turn, each to one drawn at random, with a fee drawn at random. */
  transactions(count: number): Transaction[] {
    return Array.from({ length: count }, () => {
      const sender = this.#keyAt(this.#made % this.#keys.length)
      const nonce = Math.floor(this.#made++ / this.#keys.length)
      return signTransaction(
        {
          network: this.genesis.network,
          sender: sender.address,
          recipient: this.#keyAt(this.#random.int(this.#keys.length)).address,
          amount: 1,
          fee: 1 + this.#random.int(1000),
          nonce,
          validUntil: 0,
          data: new Uint8Array(this.#init.transactionBytes - TRANSACTION_MIN_BYTES)
        },
        sender.sign
      )
    })
  }

  /** The next block of the chain. */
  block(transactions: readonly Transaction[]): Block {
    const block = this.blockOn(this.#tip, transactions)
    this.#tip = block.header
    return block
  }

  blockOn({ hash: parent, height, time }: SealedHeader, transactions: readonly Transaction[]): Block {
    const header = decodeHeader(
      encodeHeader({
        network: this.genesis.network,
        parent,
        height: height + 1,
        time: time + SLOT_MS,
        merkleRoot: transactionsRoot(transactions),
        producer: toHex(this.#sealer.publicKey),
        bits: WEIGHT,
        nonce: '00'.repeat(8)
      })
    )
    return assembleBlock(sealHeader(header, this.#sealer.sign), transactions)
  }

  #keyAt(index: number) {
    const key = this.#keys[index]
    if (key === undefined) throw new RangeError(`no account ${index}`)
    return key
  }
}
