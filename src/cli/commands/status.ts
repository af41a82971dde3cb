// starling status: where a node, or a whole testnet, stands.
import type { Command } from 'commander'
import type { StatusView } from '../../api/client/index.ts'
import { answer, answerLine, type Cli } from '../context.ts'
import { follow } from '../follow.ts'
import { bytes, count, duration, plural } from '../format.ts'
import { syncText } from '../sync-text.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { pairs, table } from '../output.ts'
import { askNodes, type ClientFlags, clientFlags, findTarget, type Target } from '../target.ts'

interface StatusFlags extends ClientFlags {
  readonly follow?: boolean
}

const COLUMNS = [
  { title: 'node' },
  { title: 'height', align: 'right' },
  { title: 'head' },
  { title: 'peers', align: 'right' },
  { title: 'mempool', align: 'right' },
  { title: 'sync' },
  { title: 'loop lag p99', align: 'right' }
] as const

export function registerStatus(program: Command, cli: Cli): void {
  const status = program
    .command('status')
    .description('head, peers, mempool and health of a node')
    .option('--follow', 'print a line whenever the head changes')
  examples(clientFlags(status, { all: true }), 'status', 'status --all', 'status --node n3 --follow').action(
    (flags: StatusFlags) => showStatus(cli, flags)
  )
}

async function showStatus(cli: Cli, flags: StatusFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  if (flags.follow === true) return followStatus(cli, flags, target)
  const views = await askNodes(cli, target, (client) => client.status())
  if (flags.all === true) {
    return answer(cli, flags, views, () => table(COLUMNS, views.map(rowOf), cli.paint))
  }
  for (const { node, ...view } of views) {
    answer(cli, flags, view, () => pairs([['node', view.name ?? node], ...entriesOf(view)], cli.paint))
  }
}

async function followStatus(cli: Cli, flags: StatusFlags, target: Target): Promise<void> {
  const clients = new Map(target.nodes.map(({ name, client }) => [name, client]))
  const scope = flags.all === true ? 'all' : target.node
  for (const { node, ...view } of await askNodes(cli, target, (client) => client.status())) print(node, view)
  for await (const { node } of follow(cli, target, scope, ['head'])) {
    const client = clients.get(node)
    if (client !== undefined) print(node, await client.status())
  }

  function print(node: string, view: StatusView): void {
    answerLine(cli, flags, { node, ...view }, () => {
      const { head, peers, mempool } = view
      return `${node}  #${head.height} ${shortHash(head.hash)}  ${plural(peers, 'peer')}  mempool ${count(mempool.count)}  ${syncText(view)}`
    })
  }
}

function rowOf({ node, ...view }: StatusView & { node: string }): string[] {
  const { head, peers, mempool, event_loop_lag_p99_ms } = view
  return [
    node,
    String(head.height),
    shortHash(head.hash),
    String(peers),
    count(mempool.count),
    syncText(view),
    duration(event_loop_lag_p99_ms)
  ]
}

function entriesOf(view: StatusView): [string, string][] {
  return [
    ['version', view.version],
    ['network', `${view.network} (${view.consensus})`],
    ['peer id', view.peer],
    ['addresses', view.addresses.join(' ')],
    ['head', `#${view.head.height} ${view.head.hash}`],
    ['sync', syncText(view)],
    ['producing', view.producing ? 'yes' : 'no'],
    ['peers', String(view.peers)],
    [
      'mempool',
      `${plural(view.mempool.count, 'transaction')}, ${bytes(view.mempool.bytes)}, least fee ${view.mempool.min_fee}`
    ],
    ['uptime', duration(view.uptime_s * 1000)],
    ['loop lag', `${duration(view.event_loop_lag_p99_ms)} p99`]
  ]
}
