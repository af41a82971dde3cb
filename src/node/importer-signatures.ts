// Signatures off the event loop, none twice: what is in the mempool was verified on its way in, recent ids are
// remembered, and what is being verified for one caller is awaited by the next.
import type { Verifier } from '../runtime/index.ts'
import { type Hex, type Transaction, transactionSignatureCheck } from '../wire/index.ts'

export interface SignatureComponents {
  readonly mempool: { has(id: Hex): boolean }
  readonly verifier: Verifier
}

export interface SignatureLimits {
  readonly signatureSlice: number
  readonly verifiedMax: number
}

/** Slices under way for one caller: while one is in the pool the next is marshalled, so that the pool never waits. */
const SLICES_IN_FLIGHT = 2

export class SignatureChecks {
  readonly #components: SignatureComponents
  readonly #limits: SignatureLimits
  /** An id covers the signature, so a verified id is verified for good. Two generations, the older is dropped. */
  #young = new Set<Hex>()
  #old = new Set<Hex>()
  readonly #inFlight = new Map<Hex, Promise<boolean>>()
  /** Resolve when the last large caller of that urgency has given its last slice: blocks don't wait for gossip. */
  readonly #lastTurns = { urgent: Promise.resolve(), ordinary: Promise.resolve() }

  constructor(components: SignatureComponents, limits: SignatureLimits) {
    this.#components = components
    this.#limits = limits
  }

  isVerified(id: Hex): boolean {
    return this.#components.mempool.has(id) || this.#young.has(id) || this.#old.has(id)
  }

  /** Whether all signatures hold. Stops soon after the first that doesn't. `urgent`: before ordinary ones. */
  async verify(transactions: readonly Transaction[], urgent: boolean): Promise<boolean> {
    if (transactions.length <= this.#limits.signatureSlice) return this.#verifySlice(transactions, urgent)
    const open = transactions.filter(({ id }) => !this.isVerified(id))
    if (open.length <= this.#limits.signatureSlice) return this.#verifySlice(open, urgent)
    // One large caller of an urgency after another: side by side they would all be done at the end, a block after its successor, and
    // the pool would have nothing to do while all of them are imported.
    const chain = urgent ? 'urgent' : 'ordinary'
    const before = this.#lastTurns[chain]
    const turn = Promise.withResolvers<void>()
    this.#lastTurns[chain] = turn.promise
    try {
      await before
      return await this.#verifySlices(open, urgent, turn.resolve)
    } finally {
      turn.resolve()
    }
  }

  /** `onLast`: called when the last slice is on its way. */
  async #verifySlices(transactions: readonly Transaction[], urgent: boolean, onLast: () => void): Promise<boolean> {
    const { signatureSlice } = this.#limits
    const running: Promise<boolean>[] = []
    let valid = true
    for (let start = 0; start < transactions.length && valid; start += signatureSlice) {
      running.push(this.#verifySlice(transactions.slice(start, start + signatureSlice), urgent))
      if (running.length >= SLICES_IN_FLIGHT) valid = (await running.shift()) === true
    }
    onLast()
    const rest = await Promise.all(running)
    return valid && !rest.includes(false)
  }

  async #verifySlice(transactions: readonly Transaction[], urgent: boolean): Promise<boolean> {
    const mine: Transaction[] = []
    const awaited: Transaction[] = []
    for (const transaction of transactions) {
      if (this.isVerified(transaction.id)) continue
      if (this.#inFlight.has(transaction.id)) awaited.push(transaction)
      else mine.push(transaction)
    }
    const others = new Set(awaited.map(({ id }) => this.#inFlight.get(id)))
    if (mine.length > 0 && !(await this.#verifyNow(mine, urgent))) return false
    if (others.size === 0) return true
    await Promise.all(others)
    // Their slice may have failed by another transaction: then these are still open.
    const open = awaited.filter(({ id }) => !this.isVerified(id))
    return open.length === 0 || this.#verifySlice(open, urgent)
  }

  async #verifyNow(transactions: readonly Transaction[], urgent: boolean): Promise<boolean> {
    const done = this.#components.verifier.verifyAll(transactions.map(transactionSignatureCheck), urgent)
    for (const { id } of transactions) this.#inFlight.set(id, done)
    try {
      const valid = await done
      if (valid) for (const { id } of transactions) this.#remember(id)
      return valid
    } finally {
      for (const { id } of transactions) this.#inFlight.delete(id)
    }
  }

  #remember(id: Hex): void {
    if (this.#young.size >= this.#limits.verifiedMax) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(id)
  }
}
