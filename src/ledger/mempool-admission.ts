// What the mempool takes: the rules that a newcomer must keep, from cheap to costly. Changes nothing, needs no signature.
import type { MempoolLimits } from '../config/index.ts'
import type { Hex, Transaction } from '../wire/index.ts'
import type { MinFee } from './mempool-min-fee.ts'
import { supersedes } from './mempool-order.ts'
import type { SenderQueue } from './mempool-queue.ts'
import type { SenderQueues } from './mempool-queues.ts'
import type { ChainView, RefusedCode } from './mempool-types.ts'

export interface AdmissionParts {
  readonly chain: ChainView
  readonly queues: SenderQueues
  readonly minFee: MinFee
}

export type AdmissionLimits = Pick<MempoolLimits, 'maxGap' | 'maxPerSender' | 'maxWaiting' | 'maxWaitingUnfunded'>

export class Admission {
  readonly #parts: AdmissionParts
  readonly #network: Hex
  readonly #limits: AdmissionLimits

  /** `network`: id that transactions must carry. */
  constructor(parts: AdmissionParts, network: Hex, limits: AdmissionLimits) {
    this.#parts = parts
    this.#network = network
    this.#limits = limits
  }

  /** Why a transaction would be refused at present. `ahead`: others of its sender that may be added before it. */
  objection(transaction: Transaction, ahead: number): RefusedCode | undefined {
    const { chain, queues, minFee } = this.#parts
    const { network, sender, nonce, validUntil, amount, fee } = transaction
    if (network !== this.#network) return 'wrong-network'
    if (validUntil !== 0 && validUntil <= chain.head.height) return 'expired'
    const queue = queues.get(sender)
    const account = chain.account(sender)
    if (nonce < account.nonce) return 'nonce-used'
    if (nonce >= account.nonce + this.#limits.maxPerSender) return 'nonce-gap'
    const readyNonce = queue?.readyNonce ?? account.nonce
    if (nonce > readyNonce + ahead + this.#limits.maxGap) {
      return queue?.at(readyNonce) === undefined ? 'nonce-gap' : 'insufficient-funds'
    }
    if (fee < minFee.of(transaction)) return 'below-min-fee'
    const held = queue?.at(nonce)
    if (held !== undefined && held.id !== transaction.id && !supersedes(transaction, held)) return 'outbid'
    // Approximate at the edge: a replacement inside the ready part may push others out of it.
    const funded = amount + fee <= account.balance
    const ready = nonce <= readyNonce + ahead && funded
    const waitingMax = funded ? this.#limits.maxWaiting : this.#limits.maxWaitingUnfunded
    const hasRoom =
      queue === undefined || held === undefined
        ? ready || queues.waiting < waitingMax
        : this.#mayReplace(transaction, queue)
    if (!hasRoom) return funded ? 'mempool-full' : 'insufficient-funds'
    return undefined
  }

  /**
   * A replacement that its sender can't pay where it stands waits, with all behind it. Where there is no room for any of
   * them, it would be given up itself, and what it replaced be gone.
   */
  #mayReplace({ nonce, amount, fee }: Transaction, queue: SenderQueue): boolean {
    const waitingOfOthers = this.#parts.queues.waiting - queue.waiting
    if (waitingOfOthers < this.#limits.maxWaiting || nonce >= queue.readyNonce) return true
    return amount + fee <= queue.fundsAt(nonce)
  }

  /** Those that nothing speaks against, whatever becomes of the ones before. `ahead`: more of a sender's on their way in. */
  unobjectionable(transactions: readonly Transaction[], ahead: (sender: Hex) => number): Transaction[] {
    const before = new Map<Hex, number>()
    return transactions.filter((transaction) => {
      const { sender } = transaction
      const inBatch = before.get(sender) ?? 0
      if (this.objection(transaction, inBatch + ahead(sender)) !== undefined) return false
      before.set(sender, inBatch + 1)
      return true
    })
  }
}
