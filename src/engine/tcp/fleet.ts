// The nodes of a testnet as a whole: which worker process runs which, starting, asking and stopping all of them, and
// what faults do to single ones.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tcpEngineDefaults } from '../../config/index.ts'
import type { LinkTable } from '../../network/libp2p/index.ts'
import { type Clock, type ClockOrigin, runClock, realTimers } from '../../runtime/index.ts'
import type { Edge } from '../../scenario/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { LinkState } from '../common/link-state.ts'
import type { NodeMeasure } from '../common/measure.ts'
import type { NodeSpec, StartedNode, WorkerMeasure } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'

export interface FleetNode {
  readonly name: string
  readonly peer: string
  readonly api: string
  readonly pid: number
  readonly addresses: readonly string[]
}

/** `absent`: it was never started. */
export type FleetState = 'absent' | 'up' | 'paused' | 'down'

export interface FleetInit {
  readonly names: readonly string[]
  /** Each dialer is told its listener's addresses. */
  readonly edges: readonly Edge[]
  readonly nodesPerProcess: number
  /** Nodes with a process of their own, whatever `nodesPerProcess` says: what happens to it happens to them alone. */
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

/** What a process counted of its own events. */
export type WorkerCounters = Pick<WorkerMeasure, 'droppedEvents' | 'trace'>

/** What runs, or ran, in one process. */
interface Slot {
  readonly number: number
  readonly names: readonly string[]
  worker: WorkerProcess | undefined
}

interface Member {
  readonly name: string
  readonly place: number
  readonly slot: Slot
  spec: NodeSpec
  state: FleetState
  /** When it changed last. */
  since: number
  node: FleetNode | undefined
  /** One thing after the other happens to a node. */
  turn: Promise<unknown>
}

export class Fleet {
  readonly nameOfPeer = new Map<string, string>()
  /** Last measures of nodes that have ended: their counters start again from 0. */
  readonly ended: NodeMeasure[] = []
  /** What processes that have ended had counted when they answered last. */
  readonly #endedCounters: WorkerCounters[] = []
  /** Of processes that run, what they answered last: one that stands still or dies says no more. */
  readonly #lastMeasures = new Map<WorkerProcess, WorkerMeasure>()
  readonly #init: FleetInit
  readonly #clock: Clock
  readonly #slots: Slot[] = []
  readonly #members = new Map<string, Member>()
  #producing = false
  #connected = false
  #stopping = false

  constructor(init: FleetInit) {
    this.#init = init
    this.#clock = runClock(init.origin)
  }

  /** Those that were started, in order. */
  get nodes(): readonly FleetNode[] {
    return [...this.#members.values()].flatMap(({ node }) => (node === undefined ? [] : [node]))
  }

  /** Names of nodes that run. */
  get running(): readonly string[] {
    return [...this.#members.values()].filter(({ state }) => state === 'up').map(({ name }) => name)
  }

  state(name: string): FleetState {
    return this.#members.get(name)?.state ?? 'absent'
  }

  /** When its state changed last, ms. */
  since(name: string): number {
    return this.#member(name).since
  }

  /** Other nodes in the process of this one. */
  companions(name: string): readonly string[] {
    return this.#member(name).slot.names.filter((other) => other !== name)
  }

  /** Starts the nodes but those that are `late`; `onStarted` is called for each as it listens. */
  async start(specs: readonly NodeSpec[], late: ReadonlySet<string>, onStarted: () => void): Promise<void> {
    mkdirSync(join(this.#init.directory, 'logs'), { recursive: true })
    this.#makeSlots()
    for (const [place, spec] of specs.entries()) {
      const slot = this.#slots.find(({ names }) => names.includes(spec.name))
      if (slot === undefined) throw new Error(`no process for ${spec.name}`)
      const member: Member = {
        name: spec.name,
        place,
        slot,
        spec,
        state: 'absent',
        since: 0,
        node: undefined,
        turn: Promise.resolve()
      }
      this.#members.set(spec.name, member)
    }
    await Promise.all(
      [...this.#members.values()]
        .filter(({ name }) => !late.has(name))
        .map(async (member) => {
          await this.#launch(member)
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
    await Promise.all([...this.#members.values()].filter(({ state }) => state === 'up').map((one) => this.#shape(one)))
  }

  /** The measured time begins. */
  async begin(): Promise<void> {
    await this.#ask((worker) => worker.call('begin', undefined))
  }

  /** Those that produce; a node that starts again does as before. */
  async produce(on: boolean): Promise<void> {
    this.#producing = on
    await this.#ask((worker) => worker.call('produce', { on }))
  }

  submit(name: string, transaction: Uint8Array): Promise<{ id: string }> {
    return workerOf(this.#member(name)).call('submit', { node: name, transaction })
  }

  /** Of each worker that answers. Events from before the call have arrived when it resolves. */
  measure(): Promise<WorkerMeasure[]> {
    return this.#ask((worker) => this.#measureOne(worker))
  }

  /** Of all processes, also those that have ended or stand still, as they last told. */
  counters(): readonly WorkerCounters[] {
    return [...this.#endedCounters, ...this.#lastMeasures.values()]
  }

  /** Last measures of nodes that stand still, which nobody can ask. */
  pausedNodes(): readonly NodeMeasure[] {
    const measured = [...this.#lastMeasures].filter(([worker]) => worker.paused).flatMap(([, { nodes }]) => nodes)
    return measured.filter(({ name }) => this.state(name) === 'paused')
  }

  async measureNodes(): Promise<NodeMeasure[]> {
    return (await this.measure()).flatMap(({ nodes }) => nodes)
  }

  /** `kill -9` of the node's process. In a shared one only the node ends: its connections are reset, nothing is said. */
  crash(name: string): Promise<boolean> {
    return this.#inTurn(name, (member) => this.#end(member, 'crash'))
  }

  /** The node ends in good order. */
  halt(name: string): Promise<boolean> {
    return this.#inTurn(name, (member) => this.#end(member, 'stop'))
  }

  /** A crash, if it is not down already, after which the data directory is gone; the key stays. */
  wipe(name: string): Promise<boolean> {
    return this.#inTurn(name, async (member) => {
      if (member.state === 'absent') return false
      if (member.state === 'down') member.since = this.#clock.now()
      else await this.#end(member, 'crash')
      rmSync(member.spec.directory, { recursive: true, force: true })
      return true
    })
  }

  /** With the same key, data and ports as before, if those are still free. */
  startAgain(name: string): Promise<boolean> {
    return this.#inTurn(name, async (member) => {
      if (member.state === 'up' || member.state === 'paused' || this.#stopping) return false
      const before = member.node?.addresses
      await this.#launch(member)
      await this.shapeLinks()
      if (this.#producing) await workerOf(member).call('produce', { on: true, node: name })
      const isMoved = before?.join() !== member.node?.addresses.join()
      if (!this.#connected) return true
      const edges = this.#init.edges.filter(([dialer, listener]) => {
        return dialer === member.place || (isMoved && listener === member.place)
      })
      await Promise.all(edges.map((edge) => this.#connectEdge(edge)))
      return true
    })
  }

  /** SIGSTOP. Only for a node alone in its process. */
  pause(name: string): Promise<boolean> {
    return this.#inTurn(name, async (member) => {
      if (member.state !== 'up') return false
      await this.#within(tcpEngineDefaults.lastWordsMs, () => this.#measureOne(workerOf(member)))
      workerOf(member).pause()
      this.#setState(member, 'paused')
      return true
    })
  }

  resume(name: string): Promise<boolean> {
    return this.#inTurn(name, async (member) => {
      if (member.state !== 'paused') return false
      workerOf(member).resume()
      this.#setState(member, 'up')
      await this.#shape(member)
      return true
    })
  }

  /** Closes all connections of the node. */
  cut(name: string): Promise<boolean> {
    return this.#inTurn(name, async (member) => {
      if (member.state !== 'up') return false
      await workerOf(member).call('cut', { node: name })
      return true
    })
  }

  /** Paused ones go on first: who stands still can't end in good order. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#workers().map((worker) => worker.stop()))
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#workers().map((worker) => worker.kill()))
  }

  /** Nodes that stand alone have a process each; the others share, in their order. */
  #makeSlots(): void {
    const { names, nodesPerProcess, alone } = this.#init
    const add = (inSlot: readonly string[]): void => {
      this.#slots.push({ number: this.#slots.length + 1, names: inSlot, worker: undefined })
    }
    const sharing = names.filter((name) => !alone.has(name))
    for (let first = 0; first < sharing.length; first += nodesPerProcess) {
      add(sharing.slice(first, first + nodesPerProcess))
    }
    for (const name of names) if (alone.has(name)) add([name])
  }

  #spawn(slot: Slot): WorkerProcess {
    const { directory, origin, onEvents, onDown } = this.#init
    const { number } = slot
    const logFile = join(directory, 'logs', `worker-${number}.log`)
    const worker = new WorkerProcess({
      name: `worker ${number}`,
      logFile,
      onEvents,
      onExit: ({ code, signal, expected }) => {
        const last = this.#lastMeasures.get(worker)
        this.#lastMeasures.delete(worker)
        if (last !== undefined) this.#endedCounters.push({ droppedEvents: last.droppedEvents, trace: last.trace })
        if (this.#stopping || expected) return
        const how = signal ?? (code === null ? 'could not start' : `exit code ${code}`)
        const lost = slot.names.filter((name) => this.state(name) === 'up' || this.state(name) === 'paused')
        for (const name of lost) this.#member(name).state = 'down'
        onDown(lost, `worker ${number} (${how}, see ${logFile})`)
      }
    })
    slot.worker = worker
    worker.call('init', { origin }).catch(() => {})
    return worker
  }

  async #launch(member: Member): Promise<void> {
    const { slot, name } = member
    const worker = slot.worker?.running ? slot.worker : this.#spawn(slot)
    const started = await worker.call('startNode', { ...member.spec, links: this.#tableOf(member) })
    this.nameOfPeer.set(started.peer, name)
    member.node = { name, peer: started.peer, api: started.api, addresses: started.addresses, pid: worker.pid }
    // The next time at the same place, so that those who dialled it find it again.
    const listen = started.addresses.map((address) => address.replace(/\/p2p\/[^/]+$/, ''))
    member.spec = { ...member.spec, listen, apiPort: Number(new URL(started.api).port) }
    this.#tellHead(member, started)
    this.#setState(member, 'up')
  }

  /** A node that starts again on its old data has a head that no event told of. */
  #tellHead({ name }: Member, { head, at }: StartedNode): void {
    if (head.height === 0) return
    const { height, hash, work } = head
    this.#init.onEvents([{ type: 'head', node: name, at, height, hash, work, abandoned: 0 }])
  }

  async #end(member: Member, how: 'crash' | 'stop'): Promise<boolean> {
    if (member.state !== 'up' && member.state !== 'paused') return false
    const worker = workerOf(member)
    // What it did until now is asked for first: a measurement that loses its last events would blame the network.
    if (member.state === 'up') {
      const last = await this.#within(tcpEngineDefaults.lastWordsMs, () => this.#measureOne(worker))
      this.ended.push(...(last?.nodes.filter(({ name }) => name === member.name) ?? []))
    } else this.ended.push(...this.pausedNodes().filter(({ name }) => name === member.name))
    this.#setState(member, 'down')
    if (member.slot.names.length > 1) await worker.call('endNode', { node: member.name, how })
    else if (how === 'crash') await worker.kill()
    else await worker.stop()
    return true
  }

  async #measureOne(worker: WorkerProcess): Promise<WorkerMeasure> {
    const measure = await worker.call('measure', undefined)
    if (worker.running) this.#lastMeasures.set(worker, measure)
    return measure
  }

  #setState(member: Member, state: FleetState): void {
    member.state = state
    member.since = this.#clock.now()
    this.#init.onState(member.name, state)
  }

  async #connectEdge([dialer, listener]: Edge): Promise<void> {
    const { names } = this.#init
    const from = this.#member(names[dialer] ?? '')
    const to = this.#member(names[listener] ?? '').node
    if (from.state !== 'up' || to === undefined) return
    await workerOf(from).call('connect', { node: from.name, addresses: to.addresses })
  }

  async #shape(member: Member): Promise<void> {
    await workerOf(member).call('shape', { node: member.name, links: this.#tableOf(member) })
  }

  /** To nodes that were never started nobody can dial: their peer ids come when they join. */
  #tableOf({ name, place }: Member): LinkTable {
    const { links, names } = this.#init
    const others = names.map((_, other) => other).filter((other) => other !== place)
    const mean = others.reduce((sum, other) => sum + links.link(place, other).delayMs, 0) / Math.max(1, others.length)
    const peers = [...this.#members.values()].flatMap((member) =>
      member.node === undefined || member.name === name
        ? []
        : [[member.node.peer, links.link(place, member.place)] as const]
    )
    return {
      others: { delayMs: mean, loss: 0, blocked: false },
      peers: new Map(peers),
      jitterMs: links.jitterMs,
      ...links.line(place)
    }
  }

  #member(name: string): Member {
    const member = this.#members.get(name)
    if (member === undefined) throw new Error(`no node ${name}`)
    return member
  }

  #inTurn<T>(name: string, work: (member: Member) => Promise<T>): Promise<T> {
    const member = this.#member(name)
    const done = member.turn.then(() => work(member))
    member.turn = done.catch(() => {})
    return done
  }

  #workers(): WorkerProcess[] {
    return this.#slots.flatMap(({ worker }) => (worker?.running ? [worker] : []))
  }

  /** Asks every worker that runs; those that end, stand still or say nothing are left out. */
  async #ask<T>(question: (worker: WorkerProcess) => Promise<T>): Promise<T[]> {
    const asked = this.#workers().filter(({ paused }) => !paused)
    const answers = await Promise.all(
      asked.map((worker) => this.#within(tcpEngineDefaults.answerMsMax, () => question(worker)))
    )
    return answers.flatMap((answer) => (answer === undefined ? [] : [answer]))
  }

  async #within<T>(waitMs: number, question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await realTimers.within(waitMs, question)
    } catch {
      return undefined
    }
  }
}

function workerOf({ name, slot }: Member): WorkerProcess {
  if (slot.worker === undefined) throw new Error(`${name} has no process`)
  return slot.worker
}
