// Keeps the node connected: carries out what decide.ts says about known addresses and connections, greets every new
// connection, and lets only peers of the same network and version count as peers.
import { peerDefaults, type PeerTargets } from '../config/index.ts'
import type { ConnectionInfo, Host, Requests } from '../network/index.ts'
import type { Runtime, TimerHandle } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { Hello, Tip } from '../wire/index.ts'
import { groupOf, hostOf, isLoopback, peerOf } from './address.ts'
import { AddressBook, type StoredAddresses } from './address-book.ts'
import { decide } from './decide.ts'
import { cutProblem, dialProblem } from './dial-problem.ts'
import { HELLO_VERSION, type HelloProblem, helloProtocol, judgeHello, SALT_BYTES } from './hello.ts'

/** Ticks between looks while there is nothing to do: five seconds. */
const REST_TICKS = 9

/** A peer that passed the hello. */
export interface Peer {
  readonly peer: string
  readonly agent: string
  /** The peer's half of the reconciliation key. */
  readonly salt: Uint8Array
  readonly connection: ConnectionInfo
}

export interface PeerManagerComponents {
  readonly host: Host
  readonly requests: Requests
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Whether a peer, or everyone at its address, is refused: never dialled. */
  readonly isBanned: (peer: string, address: string) => boolean
  /** Points of offences against a peer. */
  readonly penaltyOf: (peer: string) => number
  /** Keeps addresses for the next start. */
  readonly save: (addresses: StoredAddresses) => Promise<void>
  /** Our tip, for the hello. */
  readonly tip: () => Tip
  /** A hello showed a peer's tip. */
  readonly onPeerTip: (peer: string, tip: Tip) => void
}

export interface PeerManagerInit {
  /** Full hash of the genesis header. */
  readonly genesis: Uint8Array
  readonly agent: string
  /** Addresses the user named: kept connected. */
  readonly bootstrap: readonly string[]
  /** What `save` was given before the restart. */
  readonly remembered: unknown
  /** Absent: static. It connects to what it is told and to what it was connected to, and lets nobody go. */
  readonly targets?: PeerTargets | undefined
}

export class PeerManager {
  readonly #components: PeerManagerComponents
  readonly #init: PeerManagerInit
  readonly #book = new AddressBook()
  readonly #peers = new Map<string, Peer>()
  readonly #salt: Uint8Array
  readonly #stopped = new AbortController()
  /** Peers being dialled, and where. */
  readonly #dialling = new Map<string, string>()
  /** Addresses that led to the connections we have. */
  readonly #dialled = new Map<string, string>()
  /** Pinned addresses that were complained of; bounded by what the user names. */
  readonly #complained = new Set<string>()
  /** Why the hello of a peer that is being cut failed; gone with its connection. */
  readonly #refused = new Map<string, HelloProblem>()
  /** Inbound connections that have yet to greet; bounded by the host's connections. */
  readonly #waiting = new Set<TimerHandle>()
  #unsubscribe: (() => void) | undefined
  #timer: TimerHandle | undefined
  /** Ticks without a look that are left. */
  #restTicks = 0
  /** When the book changed without being saved. */
  #unsavedSince: number | undefined

  constructor(components: PeerManagerComponents, init: PeerManagerInit) {
    this.#components = components
    this.#init = init
    this.#salt = components.runtime.entropy.bytes(SALT_BYTES)
    this.#book.restore(init.remembered)
    for (const address of init.bootstrap) this.#book.pin(address)
  }

  /** Registers the hello; before the host starts, so that no connection is missed. */
  async start(): Promise<void> {
    const { host, requests, runtime } = this.#components
    await requests.serve(helloProtocol, async (hello, peer) => {
      this.#greeted(peer, hello)
      return this.#hello()
    })
    this.#unsubscribe = host.subscribe({
      connected: (connection) => void this.#onConnected(connection),
      disconnected: (peer) => this.#onDisconnected(peer)
    })
    this.#timer = runtime.timers.every(peerDefaults.tickMs, () => this.#tick())
  }

  stop(): void {
    this.#stopped.abort(new Error('stopped'))
    this.#timer?.cancel()
    for (const waiting of this.#waiting) waiting.cancel()
    this.#unsubscribe?.()
  }

  /** Peers that passed the hello. */
  peers(): Peer[] {
    return [...this.#peers.values()]
  }

  /** Whether this peer passed the hello and is connected. */
  has(peer: string): boolean {
    return this.#peers.has(peer)
  }

  /** Where a peer that passed the hello is connected from, or to. */
  addressOf(peer: string): string | undefined {
    return this.#peers.get(peer)?.connection.address
  }

  /** Both halves of the reconciliation key with a peer; undefined before its hello. */
  saltsWith(peer: string): { readonly ours: Uint8Array; readonly theirs: Uint8Array } | undefined {
    const salt = this.#peers.get(peer)?.salt
    return salt === undefined ? undefined : { ours: this.#salt, theirs: salt }
  }

  /** Adds an address to keep connected, and dials it now. */
  connectTo(address: string): void {
    this.#book.pin(address)
    this.#look()
  }

  /**
   * An address that a peer at `source`, an address, told us of, and its owner's `current` ones, if they are known. It may
   * be dialled when an outbound connection is missing; nothing happens to it otherwise. Sources of one address group
   * count as one. False when it was of no use.
   */
  learn(address: string, source: string, current?: readonly string[]): boolean {
    const { host, runtime } = this.#components
    if (peerOf(address) === host.peerId) return false
    // Whoever is elsewhere has no business sending us to services on this machine.
    const isLocal = (of: string): boolean => isLoopback(hostOf(of) ?? '')
    if (isLocal(address) && !isLocal(source)) return false
    const isNews = this.#book.learn(address, groupOf(source), current)
    if (isNews) this.#restTicks = 0
    if (isNews) this.#unsavedSince ??= runtime.clock.now()
    return isNews
  }

  /** Addresses to remember across a restart. */
  addresses(): StoredAddresses {
    return this.#book.stored()
  }

  #hello(): Hello {
    const bytes = (value: Uint8Array): Uint8Array<ArrayBuffer> => value as Uint8Array<ArrayBuffer>
    return {
      version: HELLO_VERSION,
      genesis: bytes(this.#init.genesis),
      agent: this.#init.agent,
      salt: bytes(this.#salt),
      head: this.#components.tip()
    }
  }

  #tick(): void {
    const { runtime, save } = this.#components
    if (!this.#isAtRest()) this.#look()
    if (this.#unsavedSince === undefined || runtime.clock.now() - this.#unsavedSince < peerDefaults.saveAfterMs) return
    this.#unsavedSince = undefined
    save(this.addresses()).catch((error) => runtime.logger.warn('could not keep addresses', { error: String(error) }))
  }

  #look(): void {
    this.#restTicks = 0
    const { host, runtime, isBanned, penaltyOf } = this.#components
    if (this.#stopped.signal.aborted) return
    const { connect, disconnect } = decide(
      {
        targets: this.#init.targets,
        connected: host.connections().map((connection) => ({ ...connection, penalty: penaltyOf(connection.peer) })),
        dialling: [...this.#dialling.values()],
        busy: new Set([...this.#dialling.keys(), host.peerId]),
        known: this.#book.all(),
        dialsFree: peerDefaults.dialsInFlightMax - this.#dialling.size,
        isBanned
      },
      runtime.clock.now(),
      runtime.random
    )
    for (const { peer, reason } of disconnect) {
      runtime.logger.debug('disconnecting', { peer, reason })
      void host.disconnect(peer)
    }
    for (const { address, peer, reason } of connect) {
      runtime.logger.debug('dialling', { address, reason })
      void this.#dial(address, peer)
    }
  }

  /**
   * Without targets, connected to every address and to nobody banned: nothing to do until something happens. Bans of an
   * address, which end other connections too, are looked for once in a while.
   */
  #isAtRest(): boolean {
    if (this.#restTicks > 0) {
      this.#restTicks--
      return true
    }
    const { host, isBanned } = this.#components
    if (this.#init.targets !== undefined) return false
    const connections = host.connections()
    const taken = new Set([...connections.map(({ peer }) => peer), ...this.#dialling.keys()])
    // What somebody told is dialled for the targets alone.
    for (const { peer, table } of this.#book.each()) if (table !== 'new' && !taken.has(peer)) return false
    if (connections.some(({ peer, address }) => isBanned(peer, address))) return false
    this.#restTicks = REST_TICKS
    return true
  }

  async #dial(address: string, peer: string): Promise<void> {
    const { host, runtime } = this.#components
    this.#dialling.set(peer, address)
    try {
      await runtime.timers.within(
        peerDefaults.dialTimeoutMs,
        (signal) => host.dial(address, signal),
        this.#stopped.signal
      )
      // Whether it was worth it shows when the connection ends.
      this.#dialled.set(peer, address)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#onFailed(address, dialProblem(error))
    } finally {
      this.#dialling.delete(peer)
    }
    this.#look()
  }

  /** The side that dialled greets; the other answers. Whoever does not greet in time is not a peer and has to go. */
  async #onConnected(connection: ConnectionInfo): Promise<void> {
    const { host, requests, runtime } = this.#components
    if (connection.direction === 'inbound') {
      const waiting = runtime.timers.after(peerDefaults.helloWaitMs, () => {
        this.#waiting.delete(waiting)
        const current = host.connections().find(({ peer }) => peer === connection.peer)
        if (this.#peers.has(connection.peer) || current?.openedAt !== connection.openedAt) return
        void host.disconnect(connection.peer)
      })
      this.#waiting.add(waiting)
      return
    }
    try {
      this.#greeted(
        connection.peer,
        await requests.call(connection.peer, helloProtocol, this.#hello(), this.#stopped.signal)
      )
    } catch {
      if (!this.#stopped.signal.aborted) await host.disconnect(connection.peer)
    }
  }

  #greeted(peer: string, hello: Hello): void {
    const { host, events, runtime, onPeerTip } = this.#components
    const at = runtime.clock.now()
    const problem = judgeHello(hello, this.#init.genesis)
    const connection = host.connections().find((candidate) => candidate.peer === peer)
    if (problem !== undefined) {
      if (connection !== undefined) this.#refused.set(peer, problem)
      events.emit({ type: 'rejected', kind: 'message', from: peer, code: problem, at })
      void host.disconnect(peer)
      return
    }
    if (connection === undefined) return
    const greeted = this.#peers.get(peer)
    const isNew = greeted === undefined
    // One salt for a connection: another would have every sketch of ours made anew.
    const salt = greeted?.connection.openedAt === connection.openedAt ? greeted.salt : hello.salt
    this.#peers.set(peer, { peer, agent: hello.agent, salt, connection })
    if (connection.direction === 'outbound') this.#remember(connection.address, at)
    if (hello.head !== undefined) onPeerTip(peer, hello.head)
    if (isNew) events.emit({ type: 'peer', state: 'connected', peer, at })
    for (const address of this.#complained) {
      if (peerOf(address) !== peer) continue
      this.#complained.delete(address)
      runtime.logger.info(`reached ${address}`)
    }
  }

  #remember(address: string, at: number): void {
    this.#book.tried(address)
    this.#unsavedSince ??= at
  }

  /** The book waits longer each time; an address that the user named is complained of once until it is reached. */
  #onFailed(address: string, problem: string): void {
    const { runtime } = this.#components
    this.#book.failed(address, runtime.clock.now(), runtime.random)
    if (!this.#book.isPinned(address) || this.#complained.has(address)) {
      runtime.logger.debug(`can't reach ${address}: ${problem}`)
      return
    }
    this.#complained.add(address)
    runtime.logger.warn(`can't reach ${address}: ${problem}; trying again until it answers`)
  }

  #onDisconnected(peer: string): void {
    const { events, runtime } = this.#components
    const now = runtime.clock.now()
    const known = this.#peers.get(peer)
    const address = this.#dialled.get(peer)
    const refused = this.#refused.get(peer)
    this.#dialled.delete(peer)
    this.#refused.delete(peer)
    if (address !== undefined) {
      // Whoever takes connections and closes them is as good as unreachable.
      const isGood = known !== undefined && now - known.connection.openedAt >= peerDefaults.settledMs
      if (isGood) this.#book.succeeded(address)
      else this.#onFailed(address, cutProblem(refused, known !== undefined))
    }
    this.#restTicks = 0
    if (known === undefined || !this.#peers.delete(peer)) return
    events.emit({ type: 'peer', state: 'disconnected', peer, at: now })
    this.#look()
  }
}
