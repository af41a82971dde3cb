// What the ledger should be, written once more and as plainly as can be: every block that any node applies is judged
// here from its bytes, and leads from the accounts of its parent to those after it. Shares with the nodes the decoder,
// the header rules and the signature check, not the accounts.
import { verifySignature } from '../../src/crypto/index.ts'
import { type Account, Chain, createConsensus, type Genesis, LedgerError } from '../../src/ledger/index.ts'
import {
  type Block,
  decodeBlock,
  type Hex,
  sealSignatureCheck,
  type Transaction,
  transactionSignatureCheck,
  transactionsRoot
} from '../../src/wire/index.ts'

interface State {
  readonly height: number
  readonly accounts: ReadonlyMap<Hex, Account>
}

const NOBODY: Account = { balance: 0, nonce: 0 }

export class ReferenceLedger {
  readonly #genesis: Genesis
  /** For header rules alone: it is given no body. */
  readonly #headers: Chain
  readonly #states = new Map<Hex, State>()
  readonly #signed = new Set<Hex>()
  readonly #funds: number

  constructor(genesis: Genesis) {
    this.#genesis = genesis
    const none = { body: () => undefined, header: () => undefined, undo: () => undefined }
    this.#headers = new Chain({ genesis, consensus: createConsensus(genesis), blocks: none })
    const accounts = genesis.file.accounts.map(({ address, balance }) => [address, { balance, nonce: 0 }] as const)
    this.#states.set(genesis.hash, { height: 0, accounts: new Map(accounts) })
    this.#funds = accounts.reduce((sum, [, { balance }]) => sum + balance, 0)
  }

  has(hash: Hex): boolean {
    return this.#states.has(hash)
  }

  /** Blocks judged, genesis included. */
  get size(): number {
    return this.#states.size
  }

  /** Takes a block whose parent it has. What is wrong with it; undefined: nothing. `now`: ms since the epoch. */
  judge(hash: Hex, bytes: Uint8Array, now: number): string | undefined {
    const block = decodeBlock(bytes)
    const { header, transactions } = block
    if (header.hash !== hash) return `block ${hash} has the bytes of ${header.hash}`
    const parent = this.#states.get(header.parent)
    if (parent === undefined) return `block ${hash} has a parent that was never applied`
    const wrong = this.#headerProblem(block, now) ?? this.#signatureProblem(block)
    if (wrong !== undefined) return wrong
    if (transactionsRoot(transactions) !== header.merkleRoot) return `block ${hash} has another root`
    const after = applied(parent, block, this.#genesis)
    if (typeof after === 'string') return `block ${hash}: ${after}`
    this.#states.set(hash, after)
    return undefined
  }

  /** What is wrong with accounts that are said to be those after block `hash`; undefined: nothing. */
  accountsProblem(hash: Hex, accounts: Iterable<readonly [Hex, Account]>): string | undefined {
    const state = this.#states.get(hash)
    if (state === undefined) return `block ${hash} was never judged`
    let sum = 0
    let found = 0
    for (const [address, { balance, nonce }] of accounts) {
      const expected = state.accounts.get(address) ?? NOBODY
      if (expected.balance !== balance || expected.nonce !== nonce) {
        const [is, should] = [`${balance} (nonce ${nonce})`, `${expected.balance} (nonce ${expected.nonce})`]
        return `account ${address} has ${is} at height ${state.height} and should have ${should}`
      }
      sum += balance
      found++
    }
    const issued = this.#funds + this.#genesis.file.reward * state.height
    if (sum !== issued) return `balances add up to ${sum} at height ${state.height}, not to the ${issued} ever issued`
    return found < state.accounts.size ? `${state.accounts.size - found} accounts are missing` : undefined
  }

  #headerProblem({ header }: Block, now: number): string | undefined {
    const check = sealSignatureCheck(header)
    if (!verifySignature(check.publicKey, check.message, check.signature)) return `block ${header.hash} has a bad seal`
    try {
      const outcome = this.#headers.insertHeader(header, now)
      return outcome === 'added' || outcome === 'known' ? undefined : `header ${header.hash} is an orphan`
    } catch (error) {
      if (error instanceof LedgerError) return `header ${header.hash}: ${error.code}`
      throw error
    }
  }

  #signatureProblem({ header, transactions }: Block): string | undefined {
    for (const transaction of transactions) {
      const { id } = transaction
      if (this.#signed.has(id)) continue
      const check = transactionSignatureCheck(transaction)
      if (!verifySignature(check.publicKey, check.message, check.signature)) {
        return `block ${header.hash} holds transaction ${id} with a bad signature`
      }
      this.#signed.add(id)
    }
    return undefined
  }
}

/** The accounts after the block, or the rule that it breaks. */
function applied(parent: State, { header, transactions }: Block, { network, file }: Genesis): State | string {
  if (header.height !== parent.height + 1) return `height ${header.height} on ${parent.height}`
  const accounts = new Map(parent.accounts)
  const of = (address: Hex): Account => accounts.get(address) ?? NOBODY
  const pay = (address: Hex, amount: number): void => {
    const { balance, nonce } = of(address)
    accounts.set(address, { balance: balance + amount, nonce })
  }
  let fees = 0
  for (const transaction of transactions) {
    const wrong = problemOf(transaction, of(transaction.sender), header.height, network)
    if (wrong !== undefined) return `transaction ${transaction.id}: ${wrong}`
    const { sender, recipient, amount, fee } = transaction
    const { balance, nonce } = of(sender)
    accounts.set(sender, { balance: balance - amount - fee, nonce: nonce + 1 })
    pay(recipient, amount)
    fees += fee
  }
  pay(header.producer, file.reward + fees)
  return { height: header.height, accounts }
}

function problemOf(transaction: Transaction, sender: Account, height: number, network: Hex): string | undefined {
  const { amount, fee, nonce, validUntil } = transaction
  if (transaction.network !== network) return 'of another network'
  if (validUntil !== 0 && validUntil < height) return 'expired'
  if (nonce !== sender.nonce) return `nonce ${nonce}, due was ${sender.nonce}`
  return amount + fee > sender.balance ? 'not covered' : undefined
}
