// A process of the relay benchmark: some of the nodes, told over IPC what to do. It submits as many transactions as it
// is allowed to and reports how many each of its nodes holds.
import { createGenesis, type GenesisFile } from '../../src/ledger/index.ts'
import { PoolVerifier } from '../../src/runtime/index.ts'
import { LoopPauses } from './measure.ts'
import { type NodeKind, type NodeUnderTest, startNode } from './relay-nodes.ts'
import type { Row } from './result.ts'

export interface WorkerOrder {
  readonly kind: NodeKind
  readonly genesis: GenesisFile
  readonly names: readonly string[]
  readonly directory: string
  readonly degree: number
  /** Submitted in this order, in turns by its nodes. */
  readonly transactions: readonly Uint8Array[]
}

export type ToWorker =
  | { readonly type: 'start'; readonly order: WorkerOrder }
  /** Each node connects to these addresses. */
  | { readonly type: 'connect'; readonly addresses: readonly (readonly string[])[] }
  /** It may have submitted so many in all. */
  | { readonly type: 'allow'; readonly submitted: number }
  | { readonly type: 'stop' }

export interface Ended {
  /** Of each node: what it holds, and what of others it verified. */
  readonly nodes: readonly { readonly held: number; readonly own: number; readonly verified: number }[]
  /** Deliveries that gossip left to anti-entropy. */
  readonly repaired: number
  readonly pauses: Pick<Row, 'pause_p99_ms' | 'pause_max_ms'>
}

export type FromWorker =
  | { readonly type: 'listening'; readonly addresses: readonly string[] }
  | { readonly type: 'meshed' }
  /** `least`: transactions held by each of its nodes; `cpuSeconds`: of the process so far. */
  | { readonly type: 'held'; readonly submitted: number; readonly least: number; readonly cpuSeconds: number }
  | { readonly type: 'failed'; readonly error: string }
  | ({ readonly type: 'ended' } & Ended)

/** ms between looks at how far the nodes are: the load comes in bursts of what so much time lets through. */
const LOOK_MS = 50

const nodes: NodeUnderTest[] = []
/** Submitted by each node. */
const own: number[] = []
const pauses = new LoopPauses()
const stopping = Promise.withResolvers<void>()
let order: WorkerOrder | undefined
let submitted = 0
let isMeshed = false
let reported = ''
let measured: Promise<unknown> | undefined

const tell = (message: FromWorker): void => void process.send?.(message)
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })

process.on('message', (message: ToWorker) => void act(message).catch(fail))
process.on('disconnect', () => process.exit())
const looking = setInterval(look, LOOK_MS)

async function act(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'start': {
      order = message.order
      const { kind, names, genesis, directory, degree } = order
      const verifier = new PoolVerifier()
      const init = { genesis: createGenesis(genesis), directory, degree, verifier }
      for (const name of names) nodes.push(await startNode(kind, { ...init, name }))
      return tell({ type: 'listening', addresses: nodes.map(({ address }) => address) })
    }
    case 'connect':
      for (const [i, addresses] of message.addresses.entries()) {
        for (const address of addresses) await nodes[i]?.connectTo(address)
      }
      return
    case 'allow':
      measured ??= pauses.during(() => stopping.promise)
      return submitUpTo(message.submitted)
    case 'stop':
      clearInterval(looking)
      stopping.resolve()
      await measured
      tell({
        type: 'ended',
        nodes: nodes.map((node, i) => ({ held: node.held(), own: own[i] ?? 0, verified: node.verified() })),
        repaired: nodes.reduce((sum, node) => sum + node.repaired(), 0),
        pauses: pauses.summary()
      })
      await Promise.all(nodes.map((node) => node.stop()))
      process.disconnect()
  }
}

function submitUpTo(count: number): void {
  while (submitted < count) {
    const bytes = order?.transactions[submitted]
    if (bytes === undefined) return
    const turn = submitted++ % nodes.length
    own[turn] = (own[turn] ?? 0) + 1
    nodes[turn]?.submit(bytes).catch(fail)
  }
}

function look(): void {
  if (order === undefined || nodes.length < order.names.length) return
  const { degree } = order
  if (!isMeshed && nodes.every((node) => node.isMeshed(degree))) {
    isMeshed = true
    tell({ type: 'meshed' })
  }
  const least = Math.min(...nodes.map((node) => node.held()))
  const report = `${submitted} ${least}`
  if (report === reported) return
  reported = report
  const { user, system } = process.cpuUsage()
  tell({ type: 'held', submitted, least, cpuSeconds: (user + system) / 1e6 })
}
