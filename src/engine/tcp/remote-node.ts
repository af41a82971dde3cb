// The controller's side of one node: the state it is in, and what is done to it, one thing after the other.
import { rmSync } from 'node:fs'
import type { LinkTable } from '../../network/libp2p/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { NodeMeasure } from '../common/measure.ts'
import type { CommandName, Commands, NodeSpec, StartedNode } from './messages.ts'
import type { WorkerSlot } from './worker-slot.ts'

export interface FleetNode {
  readonly name: string
  readonly peer: string
  readonly api: string
  readonly pid: number
  readonly addresses: readonly string[]
}

/** `absent`: it was never started. */
export type FleetState = 'absent' | 'up' | 'paused' | 'down'

export interface RemoteNodeInit {
  readonly spec: NodeSpec
  readonly slot: WorkerSlot
  readonly clock: Clock
  /** What lies between it and the others now. */
  readonly links: () => LinkTable
  /** Those that produce do so now. */
  readonly producing: () => boolean
  readonly onStarted: (started: StartedNode) => void
  /** It came up, stands still or is gone: at this moment, and on purpose. */
  readonly onState: (name: string, state: FleetState) => void
}

export class RemoteNode {
  readonly name: string
  /** Last measures of its lives that have ended: each counted from 0. */
  readonly ended: NodeMeasure[] = []
  readonly #init: RemoteNodeInit
  #spec: NodeSpec
  #state: FleetState = 'absent'
  #since = 0
  #details: FleetNode | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(init: RemoteNodeInit) {
    this.#init = init
    this.#spec = init.spec
    this.name = init.spec.name
  }

  get state(): FleetState {
    return this.#state
  }

  /** When its state changed last, ms. */
  get since(): number {
    return this.#since
  }

  /** Of its last start; undefined before the first. */
  get details(): FleetNode | undefined {
    return this.#details
  }

  /** Other nodes in its process. */
  get companions(): readonly string[] {
    return this.#init.slot.names.filter((other) => other !== this.name)
  }

  /** Its last measure while it stands still, when nobody can ask. */
  get pausedMeasure(): readonly NodeMeasure[] {
    return this.#state === 'paused' ? this.#init.slot.known(this.name) : []
  }

  /** Waits until what was begun before is over for this node, whether it succeeded or not. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  /** With the same key, data and ports as before, if those are still free. */
  async launch(): Promise<void> {
    const worker = this.#init.slot.start()
    const started = await worker.call('startNode', { ...this.#spec, links: this.#init.links() })
    const { peer, api, addresses } = started
    this.#details = { name: this.name, peer, api, addresses, pid: worker.pid }
    // The next time at the same place, so that those who dialled it find it again.
    const listen = addresses.map((address) => address.replace(/\/p2p\/[^/]+$/, ''))
    this.#spec = { ...this.#spec, listen, apiPort: Number(new URL(api).port) }
    this.#init.onStarted(started)
    this.#setState('up')
  }

  /** Its process ended unasked. False when that was nothing to this node. */
  lose(): boolean {
    if (!this.#isThere) return false
    this.#state = 'down'
    this.#since = this.#init.clock.now()
    return true
  }

  shape(): Promise<void> {
    return this.#tell('shape', { node: this.name, links: this.#init.links() })
  }

  connectTo(addresses: readonly string[]): Promise<void> {
    return this.#tell('connect', { node: this.name, addresses })
  }

  /** It makes blocks, or misbehaves, if that is what it is for. */
  produce(on: boolean): Promise<void> {
    return this.#tell('produce', { on, node: this.name })
  }

  submit(transaction: Uint8Array): Promise<{ id: string }> {
    return this.#init.slot.worker.call('submit', { node: this.name, transaction })
  }

  /** `kill -9` of its process. In a shared one only the node ends: its connections are reset, nothing is said. */
  crash(): Promise<boolean> {
    return this.inTurn(() => this.#end('crash'))
  }

  /** It ends in good order. */
  halt(): Promise<boolean> {
    return this.inTurn(() => this.#end('stop'))
  }

  /** A crash, if it is not down already, after which the data directory is gone; the key stays. */
  wipe(): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.#state === 'absent') return false
      if (this.#state === 'down') this.#since = this.#init.clock.now()
      else await this.#end('crash')
      rmSync(this.#spec.directory, { recursive: true, force: true })
      return true
    })
  }

  /** SIGSTOP. Only for a node alone in its process. */
  pause(): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.#state !== 'up') return false
      await this.#init.slot.lastWords(this.name)
      if (!this.#init.slot.worker.pause()) return false
      this.#setState('paused')
      return true
    })
  }

  resume(): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.#state !== 'paused') return false
      this.#init.slot.worker.resume()
      this.#setState('up')
      await this.shape()
      await this.produce(this.#init.producing())
      return true
    })
  }

  /** Closes all its connections. */
  cut(): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.#state !== 'up') return false
      await this.#init.slot.worker.call('cut', { node: this.name })
      return true
    })
  }

  get #isThere(): boolean {
    return this.#state === 'up' || this.#state === 'paused'
  }

  /** One that ends or stands still before it has answered is told when it comes back. */
  async #tell<N extends CommandName>(command: N, argument: Commands[N]['in']): Promise<void> {
    try {
      await this.#init.slot.worker.call(command, argument)
    } catch (error) {
      if (this.#state === 'up') throw error
    }
  }

  async #end(how: 'crash' | 'stop'): Promise<boolean> {
    if (!this.#isThere) return false
    const { slot } = this.#init
    const { worker } = slot
    // What it did until now is asked for first: a measurement that loses its last events would blame the network.
    const last = this.#state === 'up' ? await slot.lastWords(this.name) : this.pausedMeasure
    if (!this.#isThere) return false
    this.ended.push(...last)
    this.#setState('down')
    if (slot.names.length > 1) await worker.call('endNode', { node: this.name, how })
    else if (how === 'crash') await worker.kill()
    else await worker.stop()
    return true
  }

  #setState(state: FleetState): void {
    this.#state = state
    this.#since = this.#init.clock.now()
    this.#init.onState(this.name, state)
  }
}
