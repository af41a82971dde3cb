// The nodes inside one worker process, and what the controller can ask of them.
import { composeAdversary } from '../../adversary/index.ts'
import { type RunningApi, ApiStartError, type NodeService, nodeService, startNodeApi } from '../../api/index.ts'
import { gossipFor, traceDefaults } from '../../config/index.ts'
import { parseGenesis } from '../../ledger/index.ts'
import { LinkShaper } from '../../network/libp2p/index.ts'
import { NetworkError } from '../../network/index.ts'
import { type Node, type NodeOptions, openNode } from '../../node/index.ts'
import {
  type ClockOrigin,
  type LoopLag,
  type Logger,
  measureLoopLag,
  PoolVerifier,
  type Runtime,
  realRuntime,
  realTimers,
  runClock,
  stderrLogger,
  takeClockOrigin,
  version
} from '../../runtime/index.ts'
import type { NamedEvent, TraceCounters, TraceRecorder } from '../../trace/index.ts'
import { measureNode } from '../common/measure.ts'
import { openRecorder, recordEvents, sumTraces } from '../common/recording.ts'
import {
  ANY_PORT,
  type CommandName,
  type Commands,
  type NodeOrder,
  type StartedNode,
  type WorkerMeasure
} from './messages.ts'

interface Held {
  readonly node: Node
  readonly api: RunningApi
  readonly shaper: LinkShaper
  readonly produces: boolean
  readonly recorder: TraceRecorder | undefined
}

export class WorkerNodes {
  readonly #onEvent: (event: NamedEvent) => void
  readonly #dropped: () => number
  readonly #nodes = new Map<string, Held>()
  readonly #verifier = new PoolVerifier()
  readonly #lag: LoopLag = measureLoopLag()
  readonly #logger: Logger = stderrLogger('warn')
  readonly #flushing = realTimers.every(traceDefaults.flushMs, () => {
    for (const { recorder } of this.#nodes.values()) recorder?.flush()
  })
  /** Of nodes that have ended. */
  #ended: TraceCounters = { events: 0, dropped: 0 }
  /** Until the controller has told its own. */
  #origin: ClockOrigin = takeClockOrigin()
  #stopping: Promise<void> | undefined

  constructor(onEvent: (event: NamedEvent) => void, dropped: () => number) {
    this.#onEvent = onEvent
    this.#dropped = dropped
  }

  perform<N extends CommandName>(command: N, argument: Commands[N]['in']): Promise<unknown> {
    const handlers: { [K in CommandName]: (argument: Commands[K]['in']) => Promise<Commands[K]['out']> } = {
      init: async ({ origin }) => {
        this.#origin = origin
        return undefined
      },
      startNode: (spec) => this.#startNode(spec),
      connect: async ({ node, addresses }) => {
        for (const address of addresses) this.#held(node).node.peers.connectTo(address)
        return undefined
      },
      shape: async ({ node, links }) => {
        this.#held(node).shaper.update(links)
        return undefined
      },
      cut: async ({ node }) => {
        const { host } = this.#held(node).node
        await Promise.all(host.connections().map(({ peer }) => host.disconnect(peer)))
        return undefined
      },
      endNode: async ({ node, how }) => {
        const held = this.#held(node)
        this.#nodes.delete(node)
        await (how === 'stop' ? stopNode(held) : crashNode(held))
        this.#ended = sumTraces([this.#ended, held.recorder?.counters()])
        return undefined
      },
      produce: async ({ on, node: only }) => {
        for (const [name, { node, produces }] of this.#nodes) {
          if (only !== undefined && only !== name) continue
          if (on && produces) node.producer?.start()
          else node.producer?.stop()
        }
        return undefined
      },
      submit: async ({ node, transaction }) => {
        const { id } = await this.#held(node).node.submit(transaction)
        return { id }
      },
      begin: async () => {
        this.#lag.reset()
        return undefined
      },
      measure: async () => this.#measure(),
      stop: () => this.stop()
    }
    return handlers[command](argument)
  }

  /** Stops every node and API. Calling it again waits for the same end. */
  stop(): Promise<undefined> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping.then(() => undefined)
  }

  async #stopAll(): Promise<void> {
    this.#lag.stop()
    this.#flushing.cancel()
    await Promise.allSettled([...this.#nodes.values()].map(stopNode))
    this.#nodes.clear()
  }

  async #startNode(spec: NodeOrder): Promise<StartedNode> {
    const { name } = spec
    const runtime = realRuntime({
      seed: spec.seed,
      verifier: this.#verifier,
      logger: this.#logger.child({ node: name }),
      origin: this.#origin
    })
    const genesis = parseGenesis(spec.genesis)
    const recorder = spec.traces === undefined ? undefined : await openRecorder(genesis, name, spec.traces, runtime)
    const shaper = new LinkShaper(runtime, spec.links)
    let node: Node | undefined
    try {
      node = await this.#openNode(spec.listen, nodeOptions(spec, { genesis, shaper, runtime }), (opened) => {
        opened.events.subscribe((event) => this.#onEvent({ ...event, node: name }))
        if (recorder !== undefined) recordEvents(recorder, opened, name)
      })
      const service = nodeService(node, { version, name, loopLagP99Ms: () => this.#lag.p99Ms() })
      const api = await this.#startApi(service, spec.apiPort, runtime)
      this.#nodes.set(name, { node, api, shaper, recorder, produces: spec.produces })
      const { height, hash, work } = node.chain.head
      const head = { height, hash, work: String(work) }
      const at = runtime.clock.now()
      return { name, peer: node.host.peerId, addresses: node.host.addresses(), api: api.url, head, at }
    } catch (error) {
      await node?.stop()
      await recorder?.close()
      throw error
    }
  }

  /** Opened and on the network, at `listen` if that is free, else at a port of the system's choice. */
  async #openNode(listen: readonly string[], options: NodeOptions, observe: (node: Node) => void): Promise<Node> {
    const node = await openNode({ ...options, listen })
    observe(node)
    try {
      await node.start()
      return node
    } catch (error) {
      await node.stop()
      const isTaken = error instanceof NetworkError && error.code === 'listen-failed' && listen !== ANY_PORT
      if (!isTaken) throw error
      return this.#openNode(ANY_PORT, options, observe)
    }
  }

  /** The preferred port if it is free, any other if not. */
  async #startApi(service: NodeService, port: number | undefined, runtime: Runtime): Promise<RunningApi> {
    if (port === undefined) return startNodeApi({ service, port: 0, runtime })
    try {
      return await startNodeApi({ service, port, runtime })
    } catch (error) {
      if (!(error instanceof ApiStartError)) throw error
      return startNodeApi({ service, port: 0, runtime })
    }
  }

  #measure(): WorkerMeasure {
    const nodes = [...this.#nodes].map(([name, { node }]) => measureNode(name, node))
    const running = [...this.#nodes.values()].map(({ recorder }) => recorder?.counters())
    const trace = sumTraces([this.#ended, ...running])
    const at = runClock(this.#origin).now()
    return { at, nodes, loopLagP99Ms: this.#lag.p99Ms(), droppedEvents: this.#dropped(), trace }
  }

  #held(name: string): Held {
    const held = this.#nodes.get(name)
    if (held === undefined) throw new Error(`no node ${name} here`)
    return held
  }
}

function nodeOptions(
  spec: NodeOrder,
  { genesis, shaper, runtime }: Pick<NodeOptions, 'genesis' | 'shaper' | 'runtime'>
): NodeOptions {
  return {
    genesis,
    directory: spec.directory,
    secret: spec.secret,
    bootstrap: [],
    peers: spec.peers ?? 'static',
    shaper,
    gossip: gossipFor(spec.degree, spec.gossipProfile),
    relay: spec.relay,
    syncIntervalMs: spec.syncIntervalMs,
    syncFanout: spec.syncFanout,
    membership: spec.membership ?? 'off',
    blockMaxBytes: spec.blockMaxBytes,
    hashRate: spec.hashRate,
    ...(spec.role === undefined ? {} : { compose: composeAdversary(spec.role) }),
    runtime
  }
}

async function stopNode({ node, api, recorder }: Held): Promise<void> {
  await api.close()
  await node.stop()
  await recorder?.close()
}

/** As if it had been killed, as far as that goes inside a process: nobody is told, nothing more is written. */
async function crashNode({ node, api, recorder }: Held): Promise<void> {
  await node.crash()
  await api.close()
  await node.store.close()
  await recorder?.close()
}
