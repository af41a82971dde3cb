// `tx send`, without its printing: ask the node for nonce and network, sign here, post, wait. The key never leaves
// this process.
import type { ItemView, NodeClient, TestnetClient, TransactionView } from '../api/client/index.ts'
import { cliDefaults } from '../config/index.ts'
import type { Clock } from '../runtime/index.ts'
import { signTransaction, toHex } from '../wire/index.ts'
import type { Sender } from './accounts.ts'
import { CliError } from './errors.ts'
import { count } from './format.ts'

export interface Payment {
  readonly sender: Sender
  readonly recipient: { readonly address: string; readonly name: string }
  readonly amount: number
  readonly fee: number
  readonly data: Uint8Array
}

export interface Submitted {
  readonly id: string
  readonly nonce: number
  /** When the node had accepted it, ms. */
  readonly acceptedAt: number
}

/** What the chain of waits found out; a stage not waited for or not reached is absent. */
export interface Spread {
  /**
   * Who the figures are about: nodes that hold it (testnet), or peers that announced it (bare node). What a node itself
   * sent first, its peers have no reason to announce back: none have told is not none have seen.
   */
  readonly by: 'nodes' | 'announcing peers'
  readonly holders: number
  readonly of: number
  /** From acceptance until the last holder, ms; a bare node does not know. */
  readonly latencyMs: number | null
  readonly included?: { readonly hash: string; readonly height: number; readonly afterMs: number }
}

/** Signs and posts payments of one sender, each with the next nonce. */
export class Wallet {
  readonly #node: NodeClient
  readonly #payment: Payment
  readonly #network: string
  readonly #clock: Clock
  #nonce: number

  private constructor(clock: Clock, node: NodeClient, payment: Payment, network: string, nonce: number) {
    this.#clock = clock
    this.#node = node
    this.#payment = payment
    this.#network = network
    this.#nonce = nonce
  }

  /** Asks the node what a signature needs. Throws `insufficient-funds` when `payments` of them can't be paid. */
  static async open(clock: Clock, node: NodeClient, payment: Payment, payments: number): Promise<Wallet> {
    const [status, account] = await Promise.all([node.status(), node.account(payment.sender.address)])
    const needed = payments * (payment.amount + payment.fee)
    if (account.available < needed) throw insufficientFunds(payment, payments, account.available, needed)
    return new Wallet(clock, node, payment, status.genesis.slice(0, 16), account.next_nonce)
  }

  /** Signs and posts one payment; a nonce that someone with the same key used meanwhile is asked for again. */
  async pay(): Promise<Submitted> {
    for (let attempt = 0; ; attempt++) {
      const { sender, recipient, amount, fee, data } = this.#payment
      const nonce = this.#nonce
      const fields = { network: this.#network, sender: sender.address, recipient: recipient.address }
      const transaction = signTransaction({ ...fields, amount, fee, nonce, validUntil: 0, data }, sender.key.sign)
      try {
        const { id } = await this.#node.submit(toHex(transaction.bytes))
        this.#nonce = nonce + 1
        return { id, nonce, acceptedAt: this.#clock.now() }
      } catch (error) {
        const account = await this.#node.account(sender.address).catch(() => undefined)
        // The refusal is about the nonce exactly when the node now names another one.
        if (account === undefined || account.next_nonce === nonce || attempt >= cliDefaults.nonceRetries) throw error
        this.#nonce = account.next_nonce
      }
    }
  }
}

function insufficientFunds({ sender, amount, fee }: Payment, payments: number, has: number, needs: number): CliError {
  const each = `${count(amount)} + fee ${count(fee)}`
  const sum = payments === 1 ? each : `${count(payments)} × (${each})`
  return new CliError(
    'insufficient-funds',
    `Insufficient funds: ${sender.name} has ${count(has)}, needs ${count(needs)} (${sum}).`
  )
}

export type Wait = 'none' | 'seen' | 'included'

export interface WaitTarget {
  readonly node: NodeClient
  readonly testnet?: TestnetClient
}

/**
 * Waits for one stage, at most `timeoutMs`, and returns how things stand then; `undefined` when the testnet's
 * controller never heard of it. A bare node can't tell who has seen it: there, the wait for `seen` is over at once.
 */
export async function waitForStage(
  clock: Clock,
  target: WaitTarget,
  submitted: Submitted,
  wait: 'seen' | 'included',
  timeoutMs: number
): Promise<Spread | undefined> {
  const { id, acceptedAt } = submitted
  if (target.testnet === undefined) {
    const options = wait === 'seen' ? {} : { wait, timeoutMs }
    const [transaction, status] = await Promise.all([target.node.transaction(id, options), target.node.status()])
    return spreadOfTransaction(transaction, status.peers, clock.now() - acceptedAt)
  }
  try {
    return spreadOfItem(await target.testnet.item(id, { wait, timeoutMs }))
  } catch (error) {
    if ((error as { code?: unknown }).code === 'not-found') return undefined
    throw error
  }
}

function spreadOfItem(item: ItemView): Spread {
  const { included } = item
  return {
    by: 'nodes',
    holders: item.holders,
    of: item.nodes,
    latencyMs: item.spread_ms === null ? null : tenths(item.spread_ms),
    ...(included === undefined
      ? {}
      : { included: { hash: included.hash, height: included.height, afterMs: tenths(included.after_ms) } })
  }
}

/** Milliseconds to one place: more would pretend a precision that clocks and loops don't have. */
function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** `afterMs`: since it was accepted, as this command measured it. */
function spreadOfTransaction(transaction: TransactionView, peers: number, afterMs: number): Spread {
  const { block } = transaction
  return {
    by: 'announcing peers',
    holders: transaction.announced_by,
    of: peers,
    latencyMs: null,
    ...(block === undefined ? {} : { included: { ...block, afterMs: tenths(afterMs) } })
  }
}

/** Whether the stage that was waited for has been reached. */
export function isReached(spread: Spread | undefined, wait: 'seen' | 'included'): boolean {
  if (spread === undefined) return false
  if (wait === 'included' || spread.included !== undefined) return spread.included !== undefined
  return spread.by === 'announcing peers' || spread.holders >= spread.of
}
