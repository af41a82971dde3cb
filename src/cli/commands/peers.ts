// starling peers: whom a node is connected to.
import type { Command } from 'commander'
import { answer, answerLine, type Cli } from '../context.ts'
import { follow } from '../follow.ts'
import { duration, timeOfDay } from '../format.ts'
import { examples } from '../help.ts'
import { table } from '../output.ts'
import { askNodes, type ClientFlags, clientFlags, findTarget, type Target } from '../target.ts'

interface PeersFlags extends ClientFlags {
  readonly follow?: boolean
}

export function registerPeers(program: Command, cli: Cli): void {
  const peers = program
    .command('peers')
    .description('connections of a node, and which topic meshes they are in')
    .option('--follow', 'print connections as they come and go')
  examples(clientFlags(peers, { all: true }), 'peers --node n3', 'peers --all --json').action((flags: PeersFlags) =>
    listPeers(cli, flags)
  )
}

async function listPeers(cli: Cli, flags: PeersFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  if (flags.follow === true) return followPeers(cli, flags, target)
  const answers = await askNodes(cli, target, async (client) => ({ peers: await client.peers() }))
  const views = answers.flatMap(({ node, peers }) =>
    peers.map((peer) => ({ node, name: target.nameOf(peer.peer), ...peer }))
  )
  const rows = views
    .flat()
    .map((view) => [
      ...(flags.all === true ? [view.node] : []),
      view.name,
      view.direction,
      view.mesh.join(' '),
      view.head === undefined ? '' : `#${view.head.height}`,
      view.score.toFixed(1),
      duration(view.connected_s * 1000),
      view.address
    ])
  const columns = [
    ...(flags.all === true ? [{ title: 'node' }] : []),
    { title: 'peer' },
    { title: 'direction' },
    { title: 'mesh' },
    { title: 'head', align: 'right' },
    { title: 'score', align: 'right' },
    { title: 'since', align: 'right' },
    { title: 'address' }
  ] as const
  const data = flags.all === true ? views : views.map(({ node: _node, ...view }) => view)
  answer(cli, flags, data, () => table(columns, rows, cli.paint))
}

async function followPeers(cli: Cli, flags: PeersFlags, target: Target): Promise<void> {
  const scope = flags.all === true ? 'all' : target.node
  for await (const { node, event } of follow(cli, target, scope, ['peer'])) {
    answerLine(cli, flags, { node, ...event }, () => {
      const sign = event.state === 'connected' ? cli.paint('green', '+') : cli.paint('red', '-')
      return `${timeOfDay(event.at)}  ${node} ${sign} ${target.nameOf(event.peer)}`
    })
  }
}
