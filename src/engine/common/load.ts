// The load of a run: transfers at a Poisson rate, from accounts of the load's own, each handed to a random node.
import type { KeyPair } from '../../crypto/index.ts'
import { leastFee } from '../../ledger/index.ts'
import type { Random, TimerHandle, Timers } from '../../runtime/index.ts'
import { signTransaction, toHex } from '../../wire/index.ts'

export interface LoadInit {
  readonly network: string
  readonly keys: readonly KeyPair[]
  /** Mean transactions per second. */
  readonly ratePerSecond: number
  readonly dataBytes: number
  /** Hands one transaction to a random node. Rejects when the node refuses it. */
  readonly submit: (transaction: Uint8Array) => Promise<unknown>
  readonly random: Random
  readonly timers: Timers
  readonly now: () => number
}

/** For each kilobyte started. */
const FEE_MAX = 10
/** Submissions without an answer; at the limit the load waits instead of flooding a node that can't keep up. */
const IN_FLIGHT_MAX = 256

export class Load {
  readonly #init: LoadInit
  readonly #nonces: number[]
  /** Nonces whose transaction was refused, by account: used again first, or all that follow would wait for them. */
  readonly #gaps: number[][]
  #timer: TimerHandle | undefined
  #nextAt = 0
  #inFlight = 0
  #running = false
  submitted = 0
  refused = 0
  /** Transactions not sent because too many had no answer. */
  skipped = 0

  constructor(init: LoadInit) {
    this.#init = init
    this.#nonces = init.keys.map(() => 0)
    this.#gaps = init.keys.map(() => [])
  }

  start(): void {
    if (this.#init.ratePerSecond <= 0 || this.#running) return
    this.#running = true
    this.#nextAt = this.#init.now() + this.#gap()
    this.#wait()
  }

  stop(): void {
    this.#running = false
    this.#timer?.cancel()
  }

  #gap(): number {
    return this.#init.random.exponential(1000 / this.#init.ratePerSecond)
  }

  #wait(): void {
    if (!this.#running) return
    this.#timer = this.#init.timers.after(Math.max(0, this.#nextAt - this.#init.now()), () => {
      // A late timer sends all that was due, so that the mean rate holds.
      for (; this.#nextAt <= this.#init.now(); this.#nextAt += this.#gap()) this.#sendOne()
      this.#wait()
    })
  }

  #takeNonce(account: number): number {
    const gap = this.#gaps[account]?.shift()
    if (gap !== undefined) return gap
    const nonce = this.#nonces[account] ?? 0
    this.#nonces[account] = nonce + 1
    return nonce
  }

  #sendOne(): void {
    if (this.#inFlight >= IN_FLIGHT_MAX) {
      this.skipped++
      return
    }
    const { random, keys, network, dataBytes, submit } = this.#init
    const from = random.int(keys.length)
    const sender = keys[from]
    const recipient = random.pick(keys)
    const nonce = this.#takeNonce(from)
    if (sender === undefined || recipient === undefined) return
    const transaction = signTransaction(
      {
        network,
        sender: toHex(sender.publicKey),
        recipient: toHex(recipient.publicKey),
        amount: 1 + random.int(100),
        fee: leastFee(dataBytes, 1 + random.int(FEE_MAX)),
        nonce,
        validUntil: 0,
        data: new Uint8Array(dataBytes)
      },
      sender.sign
    )
    this.#inFlight++
    submit(transaction.bytes)
      .then(
        () => void this.submitted++,
        (error: unknown) => {
          this.refused++
          // A node that crashed before its answer had taken it already.
          if ((error as { code?: unknown } | undefined)?.code !== 'nonce-used') this.#gaps[from]?.push(nonce)
        }
      )
      .finally(() => this.#inFlight--)
  }
}
