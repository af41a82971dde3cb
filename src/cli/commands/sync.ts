// starling sync --follow: anti-entropy, round by round.
import type { Command } from 'commander'
import type { SyncRoundEvent, TipSummary } from '../../trace/index.ts'
import { answer, answerLine, type Cli } from '../context.ts'
import { follow } from '../follow.ts'
import { bytes, duration, plural } from '../format.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { table } from '../output.ts'
import { type ClientFlags, clientFlags, findTarget, type Target } from '../target.ts'

interface SyncFlags extends ClientFlags {
  readonly follow?: boolean
}

export function registerSync(program: Command, cli: Cli): void {
  const sync = program
    .command('sync')
    .description('whether nodes agree; with --follow, each anti-entropy round as it happens')
    .option('--follow', 'print each round')
  examples(clientFlags(sync), 'sync', 'sync --follow', 'sync --follow --node n3 --json').action((flags: SyncFlags) =>
    showSync(cli, flags)
  )
}

async function showSync(cli: Cli, flags: SyncFlags): Promise<void> {
  // In a testnet the question is about all nodes, unless one is named.
  const isAll = flags.node === undefined
  const target = await findTarget(cli, flags)
  if (flags.follow === true) return followSync(cli, flags, target)
  const nodes = isAll ? await statesOfAll(target) : [await stateOf(target)]
  const columns = [
    { title: 'node' },
    { title: 'height', align: 'right' },
    { title: 'head' },
    { title: 'state' }
  ] as const
  const rows = nodes.map(({ node, height, head, state }) => [node, String(height), shortHash(head), state])
  // A dead node's head is where it died: it disagrees with nobody.
  const up = nodes.filter(({ state }) => state !== 'down')
  const tips = new Set(up.map(({ head }) => head)).size
  answer(cli, flags, { tips, nodes }, () => {
    const down = nodes.length === up.length ? '' : `, ${nodes.length - up.length} down`
    const verdict = tips === 0 ? 'none is up' : `${tips === 1 ? 'all agree' : `${tips} different heads`}${down}`
    return table(columns, rows, cli.paint) + (nodes.length > 1 ? `${verdict}\n` : '')
  })
}

interface NodeState {
  readonly node: string
  readonly height: number
  readonly head: string
  readonly state: string
}

async function statesOfAll(target: Target): Promise<NodeState[]> {
  if (target.testnet === undefined) return [await stateOf(target)]
  const { nodes } = await target.testnet.view()
  return nodes.map(({ name, height, head, state }) => ({ node: name, height, head, state }))
}

async function stateOf({ node }: Target): Promise<NodeState> {
  const { head, sync } = await node.client.status()
  return { node: node.name, height: head.height, head: head.hash, state: sync.state }
}

async function followSync(cli: Cli, flags: SyncFlags, target: Target): Promise<void> {
  const scope = flags.node === undefined ? 'all' : target.node
  for await (const { node, event } of follow(cli, target, scope, ['sync'])) {
    answerLine(cli, flags, { node, ...event }, () => roundText(node, target.nameOf(event.peer), event))
  }
}

/** `n3→n7  tip #12 3f12≠#13 9a01: behind, 1 block fetched, 1.2 kB, 14 ms` */
export function roundText(node: string, peer: string, event: SyncRoundEvent): string {
  const { ours, theirs, blocksFetched, outcome, code } = event
  const sign = ours.hash === theirs.hash ? '=' : '≠'
  const parts = [
    code === undefined ? outcome : `${outcome} (${code})`,
    ...(blocksFetched === 0 ? [] : [`${plural(blocksFetched, 'block')} fetched`]),
    ...mempoolParts(event),
    // Of what crossed: a digest and its answer cross each time.
    ...(event.bytes === 0 ? [] : [bytes(event.bytes)]),
    duration(event.durationMs)
  ]
  return `${node}→${peer}  tip ${tip(ours)}${sign}${tip(theirs)}: ${parts.join(', ')}`
}

/** What comparing the mempools came to. */
function mempoolParts({
  transactionsDiffer,
  transactionsFetched,
  transactionsSent,
  outcome
}: SyncRoundEvent): string[] {
  // Only between equal tips are they compared, and not while the peer's round with us does it.
  if (transactionsDiffer === null) return outcome === 'equal' ? ['mempools not compared'] : []
  if (transactionsDiffer === 0) return ['mempools equal']
  return [
    `${plural(transactionsDiffer, 'transaction')} ${transactionsDiffer === 1 ? 'differs' : 'differ'}`,
    ...(transactionsFetched === 0 ? [] : [`${transactionsFetched} fetched`]),
    ...(transactionsSent === 0 ? [] : [`${transactionsSent} sent`])
  ]
}

function tip({ height, hash }: TipSummary): string {
  return `#${height} ${shortHash(hash, 4)}`
}
