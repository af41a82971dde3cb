// The nodes inside one worker process, and what the controller can ask of them.
import { type RunningApi, ApiStartError, type NodeService, nodeService, startNodeApi } from '../../api/index.ts'
import { gossipFor } from '../../config/index.ts'
import { parseGenesis } from '../../ledger/index.ts'
import { type Node, openNode } from '../../node/index.ts'
import {
  type ClockOrigin,
  type LoopLag,
  type Logger,
  measureLoopLag,
  PoolVerifier,
  type Runtime,
  realRuntime,
  stderrLogger,
  version
} from '../../runtime/index.ts'
import type { EventSink, NamedEvent } from '../../trace/index.ts'
import { measureNode } from '../common/measure.ts'
import type { CommandName, Commands, NodeSpec, StartedNode, WorkerMeasure } from './messages.ts'

interface Held {
  readonly node: Node
  readonly api: RunningApi
}

export class WorkerNodes {
  readonly #onEvent: (event: NamedEvent) => void
  readonly #dropped: () => number
  readonly #nodes = new Map<string, Held>()
  readonly #verifier = new PoolVerifier()
  readonly #lag: LoopLag = measureLoopLag()
  readonly #logger: Logger = stderrLogger('warn')
  #origin: ClockOrigin | undefined
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
      produce: async ({ on }) => {
        for (const { node } of this.#nodes.values()) on ? node.producer?.start() : node.producer?.stop()
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
    const stopOne = async ({ node, api }: Held): Promise<void> => {
      await api.close()
      await node.stop()
    }
    await Promise.allSettled([...this.#nodes.values()].map(stopOne))
    this.#nodes.clear()
  }

  async #startNode(spec: NodeSpec): Promise<StartedNode> {
    const { name } = spec
    const runtime = realRuntime({
      seed: spec.seed,
      verifier: this.#verifier,
      logger: this.#logger.child({ node: name }),
      ...(this.#origin === undefined ? {} : { origin: this.#origin })
    })
    const node = await openNode({
      genesis: parseGenesis(spec.genesis),
      directory: spec.directory,
      secret: spec.secret,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      peers: 'static',
      latencyMs: spec.latencyMs,
      gossip: gossipFor(spec.degree, spec.gossipProfile),
      relay: spec.relay,
      syncIntervalMs: spec.syncIntervalMs,
      blockMaxBytes: spec.blockMaxBytes,
      hashRate: spec.hashRate,
      runtime
    })
    const sink: EventSink = (event) => this.#onEvent({ ...event, node: name })
    node.events.subscribe(sink)
    await node.start()
    const service = nodeService(node, { version, name, loopLagP99Ms: () => this.#lag.p99Ms() })
    const api = await this.#startApi(service, spec.apiPort, runtime)
    this.#nodes.set(name, { node, api })
    return { name, peer: node.host.peerId, addresses: node.host.addresses(), api: api.url }
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
    return { nodes, loopLagP99Ms: this.#lag.p99Ms(), droppedEvents: this.#dropped() }
  }

  #held(name: string): Held {
    const held = this.#nodes.get(name)
    if (held === undefined) throw new Error(`no node ${name} here`)
    return held
  }
}
