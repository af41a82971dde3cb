// Checks a whole store offline, as if its blocks came from a stranger: a fresh chain is given every block from genesis
// on, and in the end must have the head and the accounts that the store has.
import { type Account, Chain, createConsensus, type Undo } from '../ledger/index.ts'
import type { Block, Hex } from '../wire/index.ts'
import { type Location, positionsByAddress } from './history.ts'
import { DamageError } from './errors.ts'
import type { Store } from './store.ts'

export interface VerifyStep {
  /** Height that was looked at; the last step has the head's. */
  readonly height: number
  /** Height of the head. */
  readonly total: number
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[]
}

export interface VerifyInit {
  /** Checks seal and transactions' signatures of a block; without it, signatures are taken for granted. */
  readonly signatures?: (block: Block) => Promise<boolean>
}

/**
 * One step for each block, in order; its consumer may pause between them. Ends early at a block that breaks the chain:
 * nothing after it can be judged.
 */
export async function* verifyStore(store: Store, init: VerifyInit = {}): AsyncGenerator<VerifyStep> {
  const { genesis } = store
  const chain = new Chain({ genesis, consensus: createConsensus(genesis), blocks: store })
  const histories = new Map<Hex, Digest>()
  const { height: total, hash: head } = store.head
  for (let height = 1; height <= total; height++) {
    const problems: string[] = []
    const block = readBlock(store, height, problems)
    const undo = block === undefined ? undefined : replay(chain, block, problems)
    if (block === undefined || undo === undefined) {
      yield { height, total, problems }
      return
    }
    problems.push(...undoProblems(store, block, undo))
    problems.push(...indexProblems(store, block))
    for (const [address, positions] of positionsByAddress(block)) {
      for (const position of positions) histories.set(address, digest(histories.get(address), { height, position }))
    }
    if ((await init.signatures?.(block)) === false) problems.push(`Block ${height} has a bad signature.`)
    yield { height, total, problems }
  }
  const problems = [...(await accountProblems(store, chain)), ...historyProblems(store, histories)]
  if (chain.head.hash !== head) problems.push('The head is not the last block of the chain.')
  yield { height: total, total, problems }
}

function readBlock(store: Store, height: number, problems: string[]): Block | undefined {
  try {
    const hash = store.hashAt(height)
    // The header first: afterwards it would come from the decoded block.
    const header = hash === undefined ? undefined : store.header(hash)
    const block = hash === undefined ? undefined : store.body(hash)
    if (block === undefined || hash === undefined) {
      problems.push(`Block ${height} is missing.`)
      return undefined
    }
    if (header === undefined) problems.push(`The header of block ${height} is missing.`)
    else if (Buffer.compare(header.seal, block.header.seal) !== 0) problems.push(`Block ${height} has two seals.`)
    return block
  } catch (error) {
    problems.push(`Block ${height}: ${reasonOf(error)}`)
    return undefined
  }
}

/** Header rules, root and state, by the ledger itself. What would take the block back, when all of them hold. */
function replay(chain: Chain, block: Block, problems: string[]): Undo | undefined {
  try {
    const outcome = chain.insertHeader(block.header, Number.MAX_SAFE_INTEGER)
    if (outcome !== 'orphan') {
      chain.insertBody(block)
      const update = chain.apply()
      if (update?.head.hash === block.header.hash) return update.connected.at(-1)?.undo
    }
    problems.push(`Block ${block.header.height} does not extend the chain before it.`)
  } catch (error) {
    problems.push(`Block ${block.header.height} is invalid: ${reasonOf(error)}`)
  }
  return undefined
}

function undoProblems(store: Store, { header }: Block, expected: Undo): string[] {
  try {
    const found = store.undo(header.hash)
    if (found === undefined) return [`The undo data of block ${header.height} is missing.`]
    const texts = ({ accounts }: Undo): string =>
      accounts
        .map(({ address, balance, nonce }) => `${address} ${balance} ${nonce}`)
        .sort()
        .join()
    return texts(found) === texts(expected) ? [] : [`The undo data of block ${header.height} is not what it should be.`]
  } catch (error) {
    return [`Block ${header.height}: ${reasonOf(error)}`]
  }
}

function indexProblems(store: Store, block: Block): string[] {
  const wrong = block.transactions.filter(({ id }, position) => {
    const found = store.locate(id)
    return found?.height !== block.header.height || found.position !== position
  })
  return wrong.map(({ id }) => `Transaction ${id} of block ${block.header.height} is not in the index.`)
}

async function accountProblems(store: Store, chain: Chain): Promise<string[]> {
  const stored = new Map<Hex, Account>()
  for await (const [address, account] of store.accounts()) stored.set(address, account)
  const problems: string[] = []
  const differs = (address: Hex): void => void problems.push(`Account ${address} is not what the blocks add up to.`)
  for (const [address, { balance, nonce }] of chain.accounts()) {
    const found = stored.get(address)
    stored.delete(address)
    if (found?.balance !== balance || found.nonce !== nonce) differs(address)
  }
  for (const address of stored.keys()) differs(address)
  return problems
}

/** A list of locations, whatever its order, in two numbers. */
interface Digest {
  readonly count: number
  readonly sum: number
}

function digest(before: Digest | undefined, { height, position }: Location): Digest {
  const { count, sum } = before ?? { count: 0, sum: 0 }
  return { count: count + 1, sum: (sum + Math.imul(height, 0x9e3779b1) + Math.imul(position, 0x85ebca6b)) | 0 }
}

function historyProblems(store: Store, expected: ReadonlyMap<Hex, Digest>): string[] {
  const problems: string[] = []
  for (const [address, { count, sum }] of expected) {
    let found: Digest = { count: 0, sum: 0 }
    for (const location of store.history(address)) found = digest(found, location)
    if (found.count !== count || found.sum !== sum) problems.push(`The history of account ${address} is not complete.`)
  }
  return problems
}

function reasonOf(error: unknown): string {
  if (error instanceof DamageError) return `${error.what}.`
  return error instanceof Error ? error.message : String(error)
}
