// One node in this process, from its data directory to Ctrl-C.
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ApiStartError, type NodeService, nodeService, type RunningApi, startNodeApi } from '../../api/index.ts'
import { apiDefaults, type RelayMode } from '../../config/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import { type Node, type NodeOptions, openNode } from '../../node/index.ts'
import { measureLoopLag, type Runtime, realRuntime, stderrLogger, version } from '../../runtime/index.ts'
import { ROUNDS_SYNC } from '../../scenario/index.ts'
import type { NodeFlags } from './flags.ts'
import { answer, type Cli, remark } from '../context.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { plural } from '../format.ts'
import { readKeyFile } from '../keys.ts'
import { shortHash } from '../../report/index.ts'
import { pairs } from '../output.ts'
import { listenForInterrupts } from '../testnet/interrupts.ts'
import { syncText } from '../sync-text.ts'
import { toHex } from '../../wire/index.ts'
import { genesisOf, keepGenesis, peersHere } from './genesis.ts'

/**
 * Runs until Ctrl-C. Rejects with one sentence when the directory, the network or a port is not to be had; then nothing
 * is left in a directory that was not in use before.
 */
export async function runNode(cli: Cli, flags: NodeFlags): Promise<void> {
  const { dataDir } = flags
  const genesis = await genesisOf(cli, dataDir, flags.genesis)
  const wasThere = existsSync(dataDir)
  const inUse = wasThere && readdirSync(dataDir).length > 0
  let isUp = false
  try {
    await run(cli, flags, genesis, () => {
      isUp = true
    })
  } catch (error) {
    if (!isUp && !inUse && existsSync(dataDir)) {
      for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true })
      if (!wasThere) rmdirSync(dataDir)
    }
    throw error
  }
}

async function run(cli: Cli, flags: NodeFlags, genesis: Genesis, onUp: () => void): Promise<void> {
  const { dataDir: directory, listen } = flags
  if (flags.mine === true) requireMaker(directory, genesis)
  const bootstrap = flags.bootstrap ?? (await peersHere(cli, genesis))
  const runtime = realRuntime({ logger: stderrLogger(flags.logLevel) })
  const lag = measureLoopLag()
  const node = await openNode({
    genesis,
    directory,
    runtime,
    agent: `starling/${version}`,
    ...(listen === undefined ? {} : { listen }),
    ...relaying(flags.relay),
    // As in a testnet: whoever looks for miners finds it.
    ...(flags.mine === true ? { membership: { role: 'miner' } } : {}),
    bootstrap
  }).catch((error: unknown) => {
    lag.stop()
    throw error
  })
  keepGenesis(directory, genesis)
  const ended = Promise.withResolvers<void>()
  const unlisten = listenForInterrupts(cli.clock, (count) => {
    if (count > 1) process.exit(EXIT.failed)
    ended.resolve()
  })
  const unheed = cli.onReaderGone(ended.resolve)
  let api: RunningApi | undefined
  let stopHeads = (): void => {}
  try {
    await startListening(node, listen)
    const service = nodeService(node, { version, loopLagP99Ms: () => lag.p99Ms() })
    api = await startApi(cli, service, runtime, flags)
    if (flags.mine === true) node.producer?.start()
    onUp()
    announce(cli, flags, node, api.url)
    if (flags.json !== true) stopHeads = printHeads(cli, node, service)
    await ended.promise
  } finally {
    stopHeads()
    await api?.close()
    await node.stop()
    lag.stop()
    unlisten()
    unheed()
  }
}

/** Throws where only some keys make blocks and this node's is none of them: it would wait for its turn for ever. */
function requireMaker(directory: string, { file: { consensus } }: Genesis): void {
  if (consensus.kind !== 'authority') return
  const path = join(directory, 'node.key')
  // Without a file it gets a key that nobody knows yet.
  const own = existsSync(path) ? toHex(readKeyFile(path).publicKey) : undefined
  if (own !== undefined && consensus.sealers.includes(own)) return
  throw usageError(
    `Only authorities make blocks in this network, and this node's key is none of theirs${own === undefined ? '' : `: ${own}`}.`,
    'Without --mine it follows the chain.'
  )
}

/** Rounds are all there is in their mode, so they come as often as they do in a scenario. */
function relaying(relay: RelayMode): Pick<NodeOptions, 'relay' | 'syncIntervalMs' | 'syncFanout'> {
  if (relay !== 'rounds') return { relay }
  return { relay, syncIntervalMs: ROUNDS_SYNC.interval, syncFanout: ROUNDS_SYNC.fanout }
}

async function startListening(node: Node, listen: readonly string[] | undefined): Promise<void> {
  try {
    await node.start()
  } catch (error) {
    const text = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : ''
    if (listen === undefined || !/EADDRINUSE|EADDRNOTAVAIL|EACCES|listen/i.test(text)) throw error
    throw new CliError('listen-failed', `Can't listen on ${listen.join(', ')}: the port is in use or not allowed.`, {
      hint: 'Choose another --listen, such as /ip4/127.0.0.1/tcp/0 for any free port.',
      cause: error
    })
  }
}

/** The address that was asked for, or the usual port if it is free and any other if not. */
async function startApi(cli: Cli, service: NodeService, runtime: Runtime, flags: NodeFlags): Promise<RunningApi> {
  const token = cli.env.STARLING_TOKEN
  const init = { service, runtime, ...(token === undefined || token === '' ? {} : { token }) }
  try {
    return await startNodeApi({ ...init, ...(flags.api ?? { host: apiDefaults.host, port: apiDefaults.port }) })
  } catch (error) {
    if (!(error instanceof ApiStartError)) throw error
    if (error.code === 'port-in-use' && flags.api === undefined) return startNodeApi({ ...init, port: 0 })
    if (error.code !== 'token-required') throw error
    throw new CliError('token-required', error.message, { hint: 'Set it: STARLING_TOKEN=… npx starling node …' })
  }
}

function announce(cli: Cli, flags: NodeFlags, node: Node, api: string): void {
  const { genesis, chain } = node
  const { height, hash } = chain.head
  const addresses = node.host.addresses()
  const data = { peer: node.host.peerId, addresses, api, network: genesis.network, head: { height, hash } }
  answer(cli, flags, data, () => {
    const producing = flags.mine === true ? 'yes' : 'no'
    return pairs(
      [
        ['peer id', node.host.peerId],
        ['network', `${genesis.network} (${genesis.file.consensus.kind})`],
        ...addresses.map((address) => ['listening', address] as const),
        ['api', api],
        ['head', `#${height} ${shortHash(hash)}`],
        ['producing', producing]
      ],
      cli.paint
    )
  })
  if (cli.err.terminal) remark(cli, 'Ctrl-C ends it.')
}

/** The head now and then: while it catches up, many blocks join in a second. */
function printHeads(cli: Cli, node: Node, service: NodeService): () => void {
  let printed = node.chain.head.hash
  const timer = cli.timers.every(HEADS_EVERY_MS, () => {
    const { head } = node.chain
    if (head.hash === printed) return
    printed = head.hash
    const { peers, sync } = service.status()
    const state = syncText({ peers, sync })
    cli.out.write(
      `#${head.height} ${shortHash(head.hash)}  ${peers === 0 ? '' : `${plural(peers, 'peer')}  `}${state}\n`
    )
  })
  return () => timer.cancel()
}

const HEADS_EVERY_MS = 1000
