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
  readonly banned?: boolean
}

export function registerPeers(program: Command, cli: Cli): void {
  const peers = program
    .command('peers')
    .description('connections of a node, and which topic meshes they are in')
    .option('--banned', 'whom the node refuses, for what, and for how long')
    .option('--follow', 'print connections as they come and go, and bans; with --banned only these')
  examples(clientFlags(peers, { all: true }), 'peers --node n3', 'peers --all --json', 'peers --banned').action(
    (flags: PeersFlags) => listPeers(cli, flags)
  )
}

async function listPeers(cli: Cli, flags: PeersFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  if (flags.follow === true) return followPeers(cli, flags, target)
  if (flags.banned === true) return listBanned(cli, flags, target)
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

async function listBanned(cli: Cli, flags: PeersFlags, target: Target): Promise<void> {
  const answers = await askNodes(cli, target, async (client) => ({ bans: await client.bans() }))
  const views = answers.flatMap(({ node, bans }) =>
    bans.map((ban) => ({ node, name: target.nameOf(ban.peer), ...ban }))
  )
  const data = flags.all === true ? views : views.map(({ node: _node, ...view }) => view)
  answer(cli, flags, data, () => {
    if (views.length === 0) return 'nobody is banned\n'
    const isAll = flags.all === true
    const columns = [
      ...(isAll ? [{ title: 'node' }] : []),
      { title: 'peer' },
      { title: 'reason' },
      { title: 'for another' }
    ]
    const rows = views.map(({ node, name, reason, until }) => [
      ...(isAll ? [node] : []),
      name,
      reason,
      duration(Math.max(0, until - cli.clock.now()))
    ])
    return table(columns, rows, cli.paint)
  })
}

async function followPeers(cli: Cli, flags: PeersFlags, target: Target): Promise<void> {
  const scope = flags.all === true ? 'all' : target.node
  for await (const { node, event } of follow(
    cli,
    target,
    scope,
    flags.banned === true ? ['banned'] : ['peer', 'banned']
  )) {
    answerLine(cli, flags, { node, ...event }, () => {
      if (event.type === 'banned') {
        return `${timeOfDay(event.at)}  ${node} ${cli.paint('red', 'banned')} ${target.nameOf(event.peer)}: ${event.reason}`
      }
      const sign = event.state === 'connected' ? cli.paint('green', '+') : cli.paint('red', '-')
      return `${timeOfDay(event.at)}  ${node} ${sign} ${target.nameOf(event.peer)}`
    })
  }
}
