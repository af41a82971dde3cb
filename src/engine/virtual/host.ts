// A Host over virtual links: identity, connections, streams, dial and handle, and the parts of libp2p that gossipsub
// is built from.
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import type { ComponentLogger, Connection, Logger, PeerId, PrivateKey, Stream, Topology } from '@libp2p/interface'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { KeyPair } from '../../crypto/index.ts'
import {
  type ConnectionInfo,
  type HandleOptions,
  type Host,
  type HostEvents,
  NetworkError,
  type Refusal
} from '../../network/index.ts'
import { peerOf } from '../../peers/index.ts'
import { type Endpoint, VirtualConnection } from './connection.ts'
import type { Switchboard } from './switchboard.ts'

type Handler = (stream: Stream, connection: Connection) => void

/** The hosts of a run that listen, by peer id. */
export type Listeners = Map<string, VirtualHost>

export class VirtualHost implements Host, Endpoint {
  readonly identity: PeerId
  readonly peerId: string
  readonly address: string
  readonly multiaddr: Multiaddr
  /** Its number in the run, from 0. */
  readonly index: number
  readonly log: Logger = silentLog
  readonly gossipComponents: GossipSubComponents
  readonly #switchboard: Switchboard
  readonly #listeners: Listeners
  readonly #privateKey: PrivateKey
  readonly #handlers = new Map<string, Handler>()
  readonly #topologies = new Map<string, { readonly protocol: string; readonly topology: Topology }>()
  readonly #connections = new Map<string, VirtualConnection>()
  readonly #subscribers = new Set<Partial<HostEvents>>()
  #isRefused: Refusal = () => false
  #listening = false
  #sent = 0

  private constructor(privateKey: PrivateKey, index: number, switchboard: Switchboard, listeners: Listeners) {
    this.#switchboard = switchboard
    this.#listeners = listeners
    this.#privateKey = privateKey
    this.index = index
    this.identity = peerIdFromPrivateKey(privateKey)
    this.peerId = this.identity.toString()
    const number = index + 1
    this.address = `/ip4/10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}/tcp/4001/p2p/${this.peerId}`
    this.multiaddr = multiaddr(this.address)
    this.gossipComponents = this.#components(privateKey)
  }

  /** `index`, from 0, gives the host an address and a place in the link plan. */
  static create(
    { secret, publicKey }: KeyPair,
    index: number,
    switchboard: Switchboard,
    listeners: Listeners
  ): VirtualHost {
    // With the public key beside the secret it need not be derived.
    return new VirtualHost(privateKeyFromRaw(Buffer.concat([secret, publicKey])), index, switchboard, listeners)
  }

  /** A host that has not started, with the same identity and address. */
  again(): VirtualHost {
    return new VirtualHost(this.#privateKey, this.index, this.#switchboard, this.#listeners)
  }

  addresses(): string[] {
    return this.#listening ? [this.address] : []
  }

  connections(): ConnectionInfo[] {
    return Array.from(this.#connections.values(), ({ info }) => info)
  }

  bytesSent(): number {
    return this.#sent
  }

  countSent(bytes: number): void {
    this.#sent += bytes
  }

  handlerOf(protocol: string): Handler | undefined {
    return this.#handlers.get(protocol)
  }

  /** One round trip for the handshake, as TCP and Noise would need more than one: connections are set up once. */
  dial(address: string, signal?: AbortSignal): Promise<string> {
    const peer = peerOf(address)
    const done = Promise.withResolvers<string>()
    const listener = peer === undefined ? undefined : this.#listeners.get(peer)
    // Who isn't there is as far away as anybody.
    const far = listener?.index ?? this.index
    this.#switchboard.signal(this.index, far, () => {
      const fail = (message: string): void =>
        this.#switchboard.signal(far, this.index, () => done.reject(new NetworkError('dial-failed', message)))
      // Nobody waits any longer: of a dial through a partition nothing is left when it ends.
      if (signal?.aborted === true) return done.reject(new NetworkError('dial-failed', `no answer from ${address}`))
      if (listener === undefined || !listener.#listening || !this.#listening || listener === this) {
        return fail(`nobody at ${address}`)
      }
      if (this.#isRefused(listener.peerId, address) || listener.#isRefused(this.peerId, this.address)) {
        return fail(`refused: ${address}`)
      }
      if (this.#connections.has(listener.peerId)) return done.resolve(listener.peerId)
      const [outbound, inbound] = VirtualConnection.pair(this, listener, this.#switchboard)
      listener.#onOpened(inbound)
      this.#onOpened(outbound)
      done.resolve(listener.peerId)
    })
    return done.promise
  }

  refuse(isRefused: Refusal): void {
    this.#isRefused = isRefused
  }

  async disconnect(peer: string): Promise<void> {
    this.#connections.get(peer)?.close()
  }

  openStream(peer: string, protocol: string): Promise<Stream> {
    const connection = this.#connections.get(peer)
    if (connection === undefined) return Promise.reject(new NetworkError('not-connected', `not connected to ${peer}`))
    return connection.newStream(protocol)
  }

  async handle(
    protocol: string,
    handler: (stream: Stream, peer: string) => void,
    _options: HandleOptions
  ): Promise<void> {
    this.#handlers.set(protocol, (stream, connection) => handler(stream, connection.remotePeer.toString()))
  }

  async unhandle(protocol: string): Promise<void> {
    this.#handlers.delete(protocol)
  }

  subscribe(events: Partial<HostEvents>): () => void {
    this.#subscribers.add(events)
    return () => void this.#subscribers.delete(events)
  }

  async start(): Promise<void> {
    this.#listening = true
    this.#listeners.set(this.peerId, this)
  }

  async stop(): Promise<void> {
    this.#leave()
    for (const connection of [...this.#connections.values()]) connection.close()
  }

  async abort(): Promise<void> {
    this.#leave()
    for (const connection of [...this.#connections.values()]) connection.abort()
  }

  /** Unless it is here again already, as another host. */
  #leave(): void {
    this.#listening = false
    if (this.#listeners.get(this.peerId) === this) this.#listeners.delete(this.peerId)
  }

  /** A connection of ours has ended. */
  onClosed(connection: VirtualConnection): void {
    const peer = connection.remotePeer.toString()
    if (this.#connections.get(peer) !== connection) return
    this.#connections.delete(peer)
    for (const { topology } of this.#topologies.values()) topology.onDisconnect?.(connection.remotePeer)
    for (const { disconnected } of this.#subscribers) disconnected?.(peer)
  }

  #onOpened(connection: VirtualConnection): void {
    const peer = connection.remotePeer.toString()
    // Who dials again has lost the former one, whether we know it or not.
    this.#connections.get(peer)?.break()
    this.#connections.set(peer, connection)
    for (const { connected } of this.#subscribers) connected?.(connection.info)
    this.#identify(connection)
  }

  /** Who speaks which protocol is known after one round trip, as with identify. */
  #identify(connection: VirtualConnection): void {
    const remote = this.#listeners.get(connection.remotePeer.toString())
    if (remote === undefined) return
    this.#switchboard.signal(this.index, remote.index, () =>
      this.#switchboard.signal(remote.index, this.index, () => {
        for (const { protocol, topology } of this.#topologies.values()) {
          if (connection.status !== 'open') return
          if (remote.handlerOf(protocol) === undefined) continue
          topology.onConnect?.(connection.remotePeer, connection.asConnection())
        }
      })
    )
  }

  #components(privateKey: PrivateKey): GossipSubComponents {
    let lastId = 0
    const registrar = {
      handle: async (protocol: string, handler: Handler) => void this.#handlers.set(protocol, handler),
      unhandle: async (protocol: string) => void this.#handlers.delete(protocol),
      register: async (protocol: string, topology: Topology) => {
        const id = `${protocol} ${++lastId}`
        this.#topologies.set(id, { protocol, topology })
        return id
      },
      unregister: (id: string) => void this.#topologies.delete(id)
    }
    const parts = {
      privateKey,
      peerId: this.identity,
      logger: silentLogger,
      registrar,
      peerStore: {
        merge: async () => ({}),
        get: async () => ({ addresses: [], metadata: new Map(), tags: new Map() })
      },
      connectionManager: {
        openConnection: async () => Promise.reject(new NetworkError('unsupported', 'no direct peers'))
      }
    }
    return parts as unknown as GossipSubComponents
  }
}

const silentLog: Logger = Object.assign(() => {}, {
  error: () => {},
  trace: () => {},
  enabled: false,
  newScope: () => silentLog
})
const silentLogger: ComponentLogger = { forComponent: () => silentLog }
