// Whom a client command talks to: --api, then STARLING_API, then the testnet that runs nearest upwards.
import type { NodeClient, TestnetClient } from '../api/client/index.ts'
import type { Command } from 'commander'
import { type Cli, type JsonOption, remark } from './context.ts'
import { CliError, usageError } from './errors.ts'
import { shortPeer, timeOfDay } from './format.ts'
import { type FoundCurrent, findCurrent } from './runs.ts'

export interface ClientFlags extends JsonOption {
  readonly api?: string
  readonly node?: string
  readonly all?: boolean
}

/** A node, and the client that talks to it. */
export interface NamedNode {
  /** `n3` in a testnet; the address of the API for a bare node. */
  readonly name: string
  readonly client: NodeClient
}

export interface Target {
  /** The chosen node: --node, else the first. */
  readonly node: NamedNode
  /** With --all every node, else the chosen one. */
  readonly nodes: readonly NamedNode[]
  /** The testnet's controller; absent for a bare node. */
  readonly testnet?: TestnetClient
  /** A testnet's name of a peer, else the end of its id. */
  nameOf(peer: string): string
}

interface ClientFlagsInit {
  readonly all?: boolean
  readonly node?: boolean
  /** When --json prints a stream, in words (default: with --follow, for commands that have it). */
  readonly lines?: string
}

/** Adds the flags that say whom to ask. */
export function clientFlags(command: Command, options: ClientFlagsInit = {}): Command {
  command.option('--api <url>', 'API to ask (else STARLING_API, else the testnet running here)')
  if (options.node !== false) command.option('--node <name>', 'node of the testnet to ask, such as n3')
  if (options.all === true) command.option('--all', 'ask every node of the testnet')
  const follows = command.options.some(({ long }) => long === '--follow')
  const lines = options.lines ?? (follows ? 'with --follow one object per line' : undefined)
  return command.option('--json', `data and nothing else on stdout${lines === undefined ? '' : `; ${lines}`}`)
}

/** Finds whom to ask. Throws a sentence for a stale note, an unknown node, or nothing to ask. */
export async function findTarget(cli: Cli, flags: ClientFlags): Promise<Target> {
  if (flags.all === true && flags.node !== undefined) throw usageError('--all and --node exclude each other.')
  const given = flags.api ?? cli.env.STARLING_API
  if (given === undefined || given === '') return testnetTarget(cli, flags, liveCurrent(cli))
  const base = checkedUrl(given, flags.api === undefined ? 'STARLING_API' : '--api')
  const own = liveNote(cli)
  if (own !== undefined && sameUrl(own.controller, base)) return testnetTarget(cli, flags, own)
  const known = own?.nodes.find((node) => sameUrl(node.api, base))
  if (own !== undefined && known !== undefined) return testnetTarget(cli, { node: known.name, ...flags }, own)
  return probedTarget(cli, flags, base)
}

/** The note about a testnet that runs here, if it can be read; for those who can do without. */
export function liveNote(cli: Cli): FoundCurrent | undefined {
  try {
    const current = findCurrent(cli.cwd)
    return current?.stale === false ? current : undefined
  } catch {
    return undefined
  }
}

/** The error as it is, or, where one node of a testnet that runs did not answer, the one that names it. */
export function namingNode(cli: Cli, error: unknown): unknown {
  const { code, base } = (error ?? {}) as { code?: unknown; base?: unknown }
  if (code !== 'unreachable' || typeof base !== 'string') return error
  const node = liveNote(cli)?.nodes.find(({ api }) => sameUrl(api, base))
  if (node === undefined) return error
  return new CliError('node-down', `${node.name} is down; the testnet itself is running.`, {
    hint: 'Ask another with --node; who is up: npx starling status --all',
    cause: error
  })
}

/** The running testnet. Throws when there is none, or when it is no longer there. */
function liveCurrent(cli: Cli): FoundCurrent {
  const current = findCurrent(cli.cwd)
  if (current === undefined) {
    throw new CliError('no-testnet', 'No testnet is running here, and no --api was given.', {
      hint: 'Start one with: npx starling testnet'
    })
  }
  if (current.stale) {
    throw new CliError(
      'stale-testnet',
      `The testnet started here at ${timeOfDay(current.startedAt)} is no longer running (process ${current.pid} is gone).`,
      { hint: 'Start a new one with: npx starling testnet' }
    )
  }
  return current
}

/**
 * Asks every chosen node at once; answers carry the node's name. With several, one that does not answer is named on
 * stderr and left out. Throws when none answers.
 */
export async function askNodes<T extends object>(
  cli: Cli,
  { nodes }: Target,
  ask: (client: NodeClient) => Promise<T>
): Promise<({ readonly node: string } & T)[]> {
  const outcomes = await Promise.allSettled(nodes.map(({ client }) => ask(client)))
  const answers = outcomes.flatMap((outcome, i) =>
    outcome.status === 'fulfilled' ? [{ node: nodes[i]?.name ?? '', ...outcome.value }] : []
  )
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue
    const isDown = (outcome.reason as { code?: unknown }).code === 'unreachable'
    if (!isDown || answers.length === 0) throw outcome.reason
    remark(cli, `${nodes[i]?.name} does not answer; it is left out.`)
  }
  return answers
}

/** An address nobody told us about: a controller answers for its testnet, anything else is a bare node. */
async function probedTarget(cli: Cli, flags: ClientFlags, base: string): Promise<Target> {
  const { ApiError, createTestnetClient } = await import('../api/client/index.ts')
  const options = clientOptions(cli)
  try {
    const testnet = createTestnetClient(base, options)
    const { nodes } = await testnet.view()
    return testnetTarget(cli, flags, { controller: base, nodes })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
  }
  if (flags.node !== undefined || flags.all === true) {
    const flag = flags.all === true ? '--all' : '--node'
    throw usageError(`${flag} needs a testnet, and ${base} is a single node.`)
  }
  const { createNodeClient } = await import('../api/client/index.ts')
  const node = { name: base, client: createNodeClient(base, options) }
  return { node, nodes: [node], nameOf: shortPeer }
}

async function testnetTarget(
  cli: Cli,
  flags: ClientFlags,
  current: Pick<FoundCurrent, 'controller' | 'nodes'>
): Promise<Target> {
  const { createNodeClient, createTestnetClient } = await import('../api/client/index.ts')
  const options = clientOptions(cli)
  const named = ({ name, api }: { name: string; api: string }): NamedNode => ({
    name,
    client: createNodeClient(api, options)
  })
  const chosen = flags.node === undefined ? current.nodes[0] : current.nodes.find(({ name }) => name === flags.node)
  if (chosen === undefined) {
    const names = current.nodes.map(({ name }) => name)
    throw usageError(`There is no node ${flags.node ?? ''} in this testnet.`, `Its nodes: ${names.join(' ')}`)
  }
  const peers = new Map(current.nodes.map(({ name, peer }) => [peer, name]))
  const node = named(chosen)
  return {
    node,
    nodes: flags.all === true ? current.nodes.map(named) : [node],
    testnet: createTestnetClient(current.controller, options),
    nameOf: (peer) => peers.get(peer) ?? shortPeer(peer)
  }
}

function clientOptions(cli: Cli): { timers: Cli['timers']; token: string | undefined } {
  return { timers: cli.timers, token: cli.env.STARLING_TOKEN }
}

function checkedUrl(text: string, source: string): string {
  const base = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.parse(base)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usageError(`${source} is an address like http://127.0.0.1:7070, not "${text}".`)
  }
  return base.replace(/\/+$/, '')
}

function sameUrl(a: string, b: string): boolean {
  return URL.parse(a)?.href === URL.parse(b)?.href
}
