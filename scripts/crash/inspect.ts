// What the next start finds: the node is opened as always, not started, and compared with what was acknowledged.
import type { Genesis } from '../../src/ledger/index.ts'
import { type Node, openNode } from '../../src/node/index.ts'
import { realRuntime, realYield } from '../../src/runtime/index.ts'
import { verifyStore } from '../../src/store/index.ts'
import { totalAt } from './world.ts'

/** What the killed node owes, over all rounds. */
export interface Acknowledged {
  readonly transactions: Set<string>
  /** Cumulative work of the last head that it told of. */
  work: bigint
}

export interface Inspection {
  readonly height: number
  /** One sentence for each thing lost or wrong. */
  readonly problems: readonly string[]
}

export async function inspect(directory: string, genesis: Genesis, owed: Acknowledged): Promise<Inspection> {
  let node: Node
  // A kill tears no more than the end of the log, which needs no repair.
  const repairs: string[] = []
  try {
    node = await openNode({
      genesis,
      directory,
      runtime: realRuntime({ seed: 0 }),
      onRepaired: (reason) => repairs.push(`Repaired: ${reason}`)
    })
  } catch (error) {
    return { height: 0, problems: [`The node does not open: ${String(error)}`] }
  }
  try {
    const problems = [
      ...repairs,
      ...(await storeProblems(node)),
      ...headProblems(node, owed),
      ...lostTransactions(node, owed)
    ]
    return { height: node.chain.head.height, problems }
  } finally {
    await node.stop()
  }
}

/** Hashes, links, indexes, and every account against a replay from genesis; then the sum of all of them. */
async function storeProblems({ store, chain, genesis }: Node): Promise<string[]> {
  const problems: string[] = []
  for await (const step of verifyStore(store)) {
    problems.push(...step.problems)
    // The peer mines in this process meanwhile.
    if (step.height % 16 === 0) await realYield()
  }
  const total = [...chain.accounts()].reduce((sum, [, { balance }]) => sum + balance, 0)
  const expected = totalAt(genesis, chain.head.height)
  if (total !== expected) problems.push(`The balances add up to ${total}, not to ${expected}.`)
  return problems
}

function headProblems({ store, chain }: Node, { work }: Acknowledged): string[] {
  const problems: string[] = []
  if (chain.head.hash !== store.head.hash) problems.push('The chain and the store have different heads.')
  if (chain.head.work < work) problems.push(`The head has work ${chain.head.work}, acknowledged was ${work}.`)
  return problems
}

function lostTransactions({ store, mempool }: Node, { transactions }: Acknowledged): string[] {
  const lost = [...transactions].filter((id) => store.locate(id) === undefined && !mempool.has(id))
  return lost.map((id) => `The acknowledged transaction ${id} is neither on the chain nor in the mempool.`)
}
