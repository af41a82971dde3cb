// Libp2pHost: the Host interface over one libp2p instance. Holds no policy: whom to dial, keep or drop is decided above.
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { transportDefaults } from '../../config/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import {
  type ConnectionInfo,
  type HandleOptions,
  type Host,
  type HostEvents,
  NetworkError,
  type Refusal
} from '../host.ts'
import { toNetworkError } from './errors.ts'

export interface Libp2pHostComponents {
  readonly libp2p: Libp2p
  readonly gossipComponents: GossipSubComponents
  readonly runtime: Runtime
  readonly bytesSent: () => number
  /** Shared with the connection gater. */
  readonly gate: Gate
  /** Nothing of the host is open any more. */
  readonly onStopped: () => void
}

/** Holds whom the owner of the host refuses. */
export interface Gate {
  isRefused: Refusal
}

export class Libp2pHost implements Host {
  readonly peerId: string
  readonly gossipComponents: GossipSubComponents
  readonly bytesSent: () => number
  readonly #libp2p: Libp2p
  readonly #runtime: Runtime
  readonly #gate: Gate
  readonly #subscribers = new Set<Partial<HostEvents>>()
  readonly #openedAt = new WeakMap<Connection, number>()
  readonly #dialing = new Set<string>()
  readonly #onStopped: () => void

  constructor({ libp2p, gossipComponents, runtime, bytesSent, gate, onStopped }: Libp2pHostComponents) {
    this.#gate = gate
    this.#onStopped = onStopped
    this.#libp2p = libp2p
    this.#runtime = runtime
    this.gossipComponents = gossipComponents
    this.bytesSent = bytesSent
    this.#onStopped = onStopped
    this.peerId = libp2p.peerId.toString()
    libp2p.addEventListener('connection:open', ({ detail }) => void this.#stamp(detail))
    libp2p.addEventListener('peer:connect', ({ detail }) => this.#onConnect(detail))
    libp2p.addEventListener('peer:disconnect', ({ detail }) => this.#onDisconnect(detail))
    libp2p.addEventListener('peer:update', ({ detail }) => this.#forgetStranger(detail.peer.id))
  }

  addresses(): string[] {
    return this.#libp2p.getMultiaddrs().map((address) => address.toString())
  }

  connections(): ConnectionInfo[] {
    return this.#libp2p.getConnections().map((connection) => this.#describe(connection))
  }

  async dial(address: string, signal?: AbortSignal): Promise<string> {
    const target = parseAddress(address)
    if (this.#gate.isRefused(target.peer, address)) throw new NetworkError('dial-failed', `${target.peer} is refused`)
    this.#dialing.add(target.peer)
    try {
      const connection = await this.#libp2p.dial(target.multiaddr, signal === undefined ? {} : { signal })
      return connection.remotePeer.toString()
    } catch (error) {
      throw new NetworkError('dial-failed', `could not dial ${address}: ${messageOf(error)}`, error)
    } finally {
      this.#dialing.delete(target.peer)
      this.#forgetStranger(target.peerId)
    }
  }

  refuse(isRefused: Refusal): void {
    this.#gate.isRefused = isRefused
  }

  async disconnect(peer: string): Promise<void> {
    const connections = this.#libp2p.getConnections(parsePeer(peer))
    await Promise.all(connections.map((connection) => this.#close(connection)))
  }

  async openStream(peer: string, protocol: string, signal?: AbortSignal): Promise<Stream> {
    const connection = this.#libp2p.getConnections(parsePeer(peer)).find(({ status }) => status === 'open')
    if (connection === undefined) throw new NetworkError('not-connected', `not connected to ${peer}`)
    try {
      return await connection.newStream([protocol], {
        maxOutboundStreams: transportDefaults.streamsPerConnectionMax,
        ...(signal === undefined ? {} : { signal })
      })
    } catch (error) {
      throw toNetworkError(error, `no ${protocol} stream to ${peer}`, 'closed')
    }
  }

  async handle(
    protocol: string,
    handler: (stream: Stream, peer: string) => void,
    options: HandleOptions
  ): Promise<void> {
    await this.#libp2p.handle(protocol, (stream, connection) => handler(stream, connection.remotePeer.toString()), {
      maxInboundStreams: options.maxInboundStreams,
      maxOutboundStreams: transportDefaults.streamsPerConnectionMax
    })
  }

  async unhandle(protocol: string): Promise<void> {
    await this.#libp2p.unhandle(protocol)
  }

  subscribe(events: Partial<HostEvents>): () => void {
    this.#subscribers.add(events)
    return () => void this.#subscribers.delete(events)
  }

  async start(): Promise<void> {
    try {
      await this.#libp2p.start()
    } catch (error) {
      throw new NetworkError('listen-failed', `could not listen: ${messageOf(error)}`, error)
    }
  }

  async stop(): Promise<void> {
    // libp2p's own stop waits half a second for connections that both ends close at once.
    await Promise.all(this.#libp2p.getConnections().map((connection) => this.#close(connection)))
    await this.abort()
  }

  async abort(): Promise<void> {
    const resetAll = (): void => {
      for (const connection of this.#libp2p.getConnections()) connection.abort(new NetworkError('closed', 'stopping'))
    }
    // Never inside a handler of what a stream just delivered: the muxer goes on with that stream when it returns.
    await this.#runtime.yield()
    resetAll()
    await this.#libp2p.stop()
    // A connection whose handshake ended while libp2p was stopping is not closed by it.
    resetAll()
    this.#onStopped()
  }

  async #close(connection: Connection): Promise<void> {
    // One stream that fails to close ends libp2p's attempt. The second goes on below the streams, so that what was
    // sent on the others still arrives.
    const politely = (signal: AbortSignal): Promise<void> =>
      connection.close({ signal }).catch(() => connection.close({ signal }))
    try {
      await this.#runtime.timers.within(transportDefaults.closeTimeoutMs, politely)
    } catch (error) {
      // A peer that does not read is cut.
      connection.abort(toNetworkError(error, connection.remotePeer.toString(), 'closed'))
    }
  }

  #onConnect(peerId: PeerId): void {
    const connection = this.#libp2p.getConnections(peerId)[0]
    if (connection === undefined) return
    const info = this.#describe(connection)
    for (const { connected } of this.#subscribers) connected?.(info)
  }

  #onDisconnect(peerId: PeerId): void {
    const peer = peerId.toString()
    this.#forgetStranger(peerId)
    for (const { disconnected } of this.#subscribers) disconnected?.(peer)
  }

  /**
   * libp2p remembers every identity it ever met, and keys are free to make. Only peers we are connected to, or are
   * dialling, stay in its store; addresses worth keeping are in our own address book.
   */
  #forgetStranger(peerId: PeerId): void {
    const isStranger = (): boolean =>
      this.#libp2p.getConnections(peerId).length === 0 && !this.#dialing.has(peerId.toString())
    if (!isStranger()) return
    // In another turn of the loop: libp2p looks the peer up to tell protocols that it is gone.
    this.#runtime
      .yield()
      .then(() => (isStranger() ? this.#libp2p.peerStore.delete(peerId) : undefined))
      .catch(() => {})
  }

  #describe(connection: Connection): ConnectionInfo {
    return {
      peer: connection.remotePeer.toString(),
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      openedAt: this.#stamp(connection)
    }
  }

  /** libp2p tells of a new peer before it tells of the connection: whichever comes first stamps it. */
  #stamp(connection: Connection): number {
    const held = this.#openedAt.get(connection)
    if (held !== undefined) return held
    const now = this.#runtime.clock.now()
    this.#openedAt.set(connection, now)
    return now
  }
}

function parseAddress(address: string): { multiaddr: Multiaddr; peer: string; peerId: PeerId } {
  try {
    const parsed = multiaddr(address)
    const peer = parsed.getComponents().findLast(({ name }) => name === 'p2p')?.value
    if (peer === undefined) throw new Error('no /p2p/ part')
    return { multiaddr: parsed, peer, peerId: peerIdFromString(peer) }
  } catch (error) {
    throw new NetworkError('dial-failed', `not an address to dial: ${address} (${messageOf(error)})`, error)
  }
}

function parsePeer(peer: string): PeerId {
  try {
    return peerIdFromString(peer)
  } catch (error) {
    throw new NetworkError('not-connected', `not a peer id: ${peer}`, error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
