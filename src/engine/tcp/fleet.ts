// The nodes of a testnet as a whole: starting and connecting them, what lies between them, asking and stopping all of
// them.
import { type ClockOrigin, runClock } from '../../runtime/index.ts'
import type { Edge } from '../../scenario/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { LinkState } from '../common/link-state.ts'
import type { NodeMeasure } from '../common/measure.ts'
import { linkTable } from './link-table.ts'
import type { NodeSpec, StartedNode, WorkerMeasure } from './messages.ts'
import { type FleetNode, type FleetState, RemoteNode } from './remote-node.ts'
import type { WorkerCounters } from './worker-slot.ts'
import { Workers } from './workers.ts'

export interface FleetInit {
  readonly names: readonly string[]
  /** Each dialer is told its listener's addresses. */
  readonly edges: readonly Edge[]
  readonly nodesPerProcess: number
  /** Nodes with a process of their own, whatever `nodesPerProcess` says. */
  readonly alone: ReadonlySet<string>
  readonly links: LinkState
  /** Run directory: logs go into its `logs`. */
  readonly directory: string
  readonly origin: ClockOrigin
  readonly onEvents: (events: readonly NamedEvent[]) => void
  /** A node came up, stands still or is gone: at this moment, and on purpose. */
  readonly onState: (name: string, state: FleetState) => void
  /** Nodes whose process ended unasked; `what` names the process. */
  readonly onDown: (names: readonly string[], what: string) => void
}

export class Fleet {
  readonly nameOfPeer = new Map<string, string>()
  readonly #init: FleetInit
  readonly #workers: Workers
  /** In their places. */
  readonly #remotes = new Map<string, RemoteNode>()
  #producing = false
  #connected = false
  #stopping = false

  constructor(init: FleetInit) {
    this.#init = init
    this.#workers = new Workers({
      ...init,
      onLost: (names, what) =>
        init.onDown(
          names.filter((name) => this.#remotes.get(name)?.lose()),
          what
        )
    })
  }

  /** Those that were started, in order. */
  get nodes(): readonly FleetNode[] {
    return [...this.#remotes.values()].flatMap(({ details }) => details ?? [])
  }

  /** Names of nodes that run. */
  get running(): readonly string[] {
    return this.#up.map(({ name }) => name)
  }

  /** Last measures of nodes that have ended: their counters start again from 0. */
  get ended(): readonly NodeMeasure[] {
    return [...this.#remotes.values()].flatMap(({ ended }) => ended)
  }

  /** Last measures of nodes that stand still, which nobody can ask. */
  get pausedNodes(): readonly NodeMeasure[] {
    return [...this.#remotes.values()].flatMap(({ pausedMeasure }) => pausedMeasure)
  }

  state(name: string): FleetState {
    return this.#remotes.get(name)?.state ?? 'absent'
  }

  remote(name: string): RemoteNode {
    const remote = this.#remotes.get(name)
    if (remote === undefined) throw new Error(`no node ${name}`)
    return remote
  }

  /** Starts the nodes but those that are `late`; `onStarted` is called for each as it listens. */
  async start(specs: readonly NodeSpec[], late: ReadonlySet<string>, onStarted: () => void): Promise<void> {
    const clock = runClock(this.#init.origin)
    for (const [place, spec] of specs.entries()) {
      const remote = new RemoteNode({
        spec,
        slot: this.#workers.slotOf(spec.name),
        clock,
        links: () => linkTable(this.#init.links, place, { count: specs.length, peers: this.#peers() }),
        producing: () => this.#producing,
        onStarted: (started) => this.#onStarted(started),
        onState: this.#init.onState
      })
      this.#remotes.set(spec.name, remote)
    }
    await Promise.all(
      [...this.#remotes.values()]
        .filter(({ name }) => !late.has(name))
        .map(async (remote) => {
          await remote.launch()
          onStarted()
        })
    )
    await this.shapeLinks()
  }

  /** Tells each edge's dialer the listener's addresses. */
  async connect(): Promise<void> {
    this.#connected = true
    await Promise.all(this.#init.edges.map((edge) => this.#connectEdge(edge)))
  }

  /** Every node's links as the link state has them now. */
  async shapeLinks(): Promise<void> {
    await Promise.all(this.#up.map((remote) => remote.shape()))
  }

  /** The measured time begins. */
  begin(): Promise<void> {
    return this.#workers.begin()
  }

  /** Those that produce; a node that starts again does as before. */
  async produce(on: boolean): Promise<void> {
    this.#producing = on
    await this.#workers.produce(on)
  }

  /** Of each worker that answers. Events from before the call have arrived when it resolves. */
  measure(): Promise<WorkerMeasure[]> {
    return this.#workers.measure()
  }

  async measureNodes(): Promise<NodeMeasure[]> {
    return (await this.measure()).flatMap(({ nodes }) => nodes)
  }

  /** Of all processes, also those that have ended or stand still, as they last told. */
  counters(): readonly WorkerCounters[] {
    return this.#workers.counters()
  }

  /** A node that is down comes back to those it dials, and to those who dial it. */
  startAgain(name: string): Promise<boolean> {
    const remote = this.remote(name)
    return remote.inTurn(async () => {
      if (remote.state === 'up' || remote.state === 'paused' || this.#stopping) return false
      const before = remote.details?.addresses
      await remote.launch()
      await this.shapeLinks()
      if (this.#producing) await remote.produce(true)
      if (!this.#connected) return true
      const isMoved = before?.join() !== remote.details?.addresses.join()
      const { names, edges } = this.#init
      const place = names.indexOf(name)
      const concerned = edges.filter(([dialer, listener]) => dialer === place || (isMoved && listener === place))
      await Promise.all(concerned.map((edge) => this.#connectEdge(edge)))
      return true
    })
  }

  /** Nothing is started after this. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#workers.stop()
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await this.#workers.kill()
  }

  get #up(): readonly RemoteNode[] {
    return [...this.#remotes.values()].filter(({ state }) => state === 'up')
  }

  async #connectEdge([dialer, listener]: Edge): Promise<void> {
    const { names } = this.#init
    const from = this.remote(names[dialer] ?? '')
    const to = this.remote(names[listener] ?? '').details
    if (from.state !== 'up' || to === undefined) return
    await from.connectTo(to.addresses)
  }

  /** Peer ids by place, of those that were ever started. */
  #peers(): ReadonlyMap<number, string> {
    return new Map(
      [...this.#remotes.values()].flatMap(({ details }, place) =>
        details === undefined ? [] : [[place, details.peer] as const]
      )
    )
  }

  #onStarted({ name, peer, head, at }: StartedNode): void {
    this.nameOfPeer.set(peer, name)
    // A node that starts again on its old data has a head that no event told of.
    if (head.height === 0) return
    const { height, hash, work } = head
    this.#init.onEvents([{ type: 'head', node: name, at, height, hash, work, abandoned: 0 }])
  }
}
