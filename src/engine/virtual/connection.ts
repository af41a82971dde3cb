// One end of a connection between two virtual hosts: what gossipsub and our Host need of libp2p's Connection.
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type ConnectionInfo, NetworkError } from '../../network/index.ts'
import { Channel, type Pipe } from './pipe.ts'
import { VirtualStream } from './stream.ts'
import type { Switchboard } from './switchboard.ts'

/** What a connection needs of the host at either end. */
export interface Endpoint {
  readonly index: number
  readonly identity: PeerId
  readonly peerId: string
  readonly address: string
  readonly multiaddr: Multiaddr
  handlerOf(protocol: string): ((stream: Stream, connection: Connection) => void) | undefined
  countSent(bytes: number): void
  onClosed(connection: VirtualConnection): void
}

export class VirtualConnection {
  readonly direction: 'inbound' | 'outbound'
  readonly remotePeer: PeerId
  readonly remoteAddr: Multiaddr
  readonly info: ConnectionInfo
  status: 'open' | 'closed' = 'open'
  readonly #local: Endpoint
  readonly #switchboard: Switchboard
  readonly #streams = new Set<VirtualStream>()
  /** From here to the other end. */
  readonly #pipe: Pipe
  /** Opens and refuses streams. */
  readonly #signals = new Channel()
  #other: VirtualConnection | undefined
  #lastStream = 0

  private constructor(local: Endpoint, remote: Endpoint, direction: 'inbound' | 'outbound', switchboard: Switchboard) {
    this.#local = local
    this.#switchboard = switchboard
    this.#pipe = switchboard.pipe(local.index, remote.index, () => this.break())
    this.direction = direction
    this.remotePeer = remote.identity
    this.remoteAddr = remote.multiaddr
    this.info = {
      peer: remote.peerId,
      address: remote.address,
      direction,
      openedAt: switchboard.scheduler.now
    }
  }

  /** Both ends, the dialer's first. */
  static pair(dialer: Endpoint, listener: Endpoint, switchboard: Switchboard): [VirtualConnection, VirtualConnection] {
    const outbound = new VirtualConnection(dialer, listener, 'outbound', switchboard)
    const inbound = new VirtualConnection(listener, dialer, 'inbound', switchboard)
    outbound.#other = inbound
    inbound.#other = outbound
    return [outbound, inbound]
  }

  get id(): string {
    return `${this.#local.peerId}>${this.remotePeer}`
  }

  /** Opens a stream with the first protocol that the other side handles: one round trip. */
  newStream(protocols: string | string[]): Promise<Stream> {
    const other = this.#other
    const opened = Promise.withResolvers<Stream>()
    if (this.status !== 'open' || other === undefined) {
      opened.reject(new NetworkError('not-connected', 'the connection is closed'))
      return opened.promise
    }
    const wanted = Array.isArray(protocols) ? protocols : [protocols]
    this.#signal(() => {
      const protocol = wanted.find((name) => other.#local.handlerOf(name) !== undefined)
      if (protocol === undefined || other.status !== 'open') {
        other.#signal(() => opened.reject(new NetworkError('unsupported', `no ${wanted.join(', ')}`)))
        return
      }
      const [ours, theirs] = this.#join(other, protocol)
      other.#local.handlerOf(protocol)?.(theirs.asStream(), other.asConnection())
      other.#signal(() => opened.resolve(ours.asStream()))
    })
    return opened.promise
  }

  /** libp2p's interface, of which gossipsub uses what is here. */
  asConnection(): Connection {
    return this as unknown as Connection
  }

  /** Closes both ends: this one now, the other when it hears of it, after all that was sent. */
  close(): void {
    if (!this.#end()) return
    const other = this.#other
    this.#pipe.finish(() => {
      if (other === undefined || !other.#end()) return
      other.#pipe.drop()
    })
  }

  /** As close, but what has not left yet is lost. */
  abort(): void {
    if (this.status !== 'open') return
    this.#pipe.drop()
    this.close()
  }

  /**
   * The link was dead for too long, or the other side has begun anew: both ends are closed, and what is under way is lost.
   * At both at once: each sends often enough to have noticed by itself.
   */
  break(): void {
    for (const end of [this, this.#other]) {
      if (end === undefined) continue
      end.#pipe.shut()
      end.#end()
    }
  }

  #signal(arrive: () => void): void {
    this.#pipe.send(this.#signals, 0, arrive)
  }

  #end(): boolean {
    if (this.status !== 'open') return false
    this.status = 'closed'
    for (const stream of [...this.#streams]) stream.onTransportClosed()
    this.#local.onClosed(this)
    return true
  }

  #join(other: VirtualConnection, protocol: string): [VirtualStream, VirtualStream] {
    const id = String(++this.#lastStream)
    const ours = this.#makeStream(id, protocol, 'outbound')
    const theirs = other.#makeStream(`${id}'`, protocol, 'inbound')
    VirtualStream.join(ours, theirs)
    return [ours, theirs]
  }

  #makeStream(id: string, protocol: string, direction: 'inbound' | 'outbound'): VirtualStream {
    const channel = new Channel()
    const stream = new VirtualStream({
      id,
      protocol,
      direction,
      transmit: (bytes, arrive) => {
        this.#local.countSent(bytes)
        this.#pipe.send(channel, bytes, arrive)
      },
      onEnd: (ended) => this.#streams.delete(ended),
      share: this.#switchboard.share
    })
    this.#streams.add(stream)
    return stream
  }
}
