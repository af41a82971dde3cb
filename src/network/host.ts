// The cut between the engines. A Host gives identity, connections, streams, dial and handle; libp2p implements it
// over sockets (network/libp2p/), the virtual engine over virtual links. Everything above exists once.
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import type { Stream } from '@libp2p/interface'

export interface ConnectionInfo {
  /** Remote peer id, base58. */
  readonly peer: string
  /** Remote multiaddr. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** When it was opened, ms since the epoch on the node's clock. */
  readonly openedAt: number
}

export interface HostEvents {
  /** After the first connection to this peer opened. */
  connected(connection: ConnectionInfo): void
  /** After the last connection to this peer closed. */
  disconnected(peer: string): void
}

export interface HandleOptions {
  /** Streams of this protocol that one connection may have open at a time; further ones are reset. */
  readonly maxInboundStreams: number
}

/** Whether connections with a peer, or with whoever is at an address, are refused. */
export type Refusal = (peer: string | undefined, address: string) => boolean

export interface Host {
  /** Own peer id, base58. */
  readonly peerId: string
  /** What gossipsub is built from; in the virtual engine the same shapes over virtual links. */
  readonly gossipComponents: GossipSubComponents
  /** Own multiaddrs, each with its /p2p/ part. Empty before `start`. */
  addresses(): string[]
  connections(): ConnectionInfo[]
  /** Bytes handed to the transport since the start (all connections, framing included, encryption excluded). */
  bytesSent(): number
  /**
   * Connects to a multiaddr with its /p2p/ part. Resolves with the peer id; an existing connection is reused.
   * Rejects with `NetworkError` (`dial-failed`).
   */
  dial(address: string, signal?: AbortSignal): Promise<string>
  /**
   * From now on no connection is made or taken for which `isRefused` is true. It is asked first without a peer, while
   * only the address is known.
   */
  refuse(isRefused: Refusal): void
  /** Closes every connection to the peer. */
  disconnect(peer: string): Promise<void>
  /** Opens a stream to a connected peer. Rejects with `NetworkError` (`not-connected`, `unsupported`). */
  openStream(peer: string, protocol: string, signal?: AbortSignal): Promise<Stream>
  handle(protocol: string, handler: (stream: Stream, peer: string) => void, options: HandleOptions): Promise<void>
  unhandle(protocol: string): Promise<void>
  /** Returns the function that unsubscribes. */
  subscribe(events: Partial<HostEvents>): () => void
  /** Listens on every address it was given. Rejects with `NetworkError` (`listen-failed`). */
  start(): Promise<void>
  /** Closes every connection and listener. */
  stop(): Promise<void>
  /** The same as a killed process does it: connections are reset at once, and what was not sent yet is lost. */
  abort(): Promise<void>
}

export type NetworkErrorCode =
  | 'listen-failed'
  | 'dial-failed'
  | 'not-connected'
  | 'unsupported'
  | 'timeout'
  | 'closed'
  | 'oversize'
  | 'bad-message'
  | 'rate-limited'

/** `code` is safe as a metric label. */
export class NetworkError extends Error {
  readonly code: NetworkErrorCode
  constructor(code: NetworkErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NetworkError'
    this.code = code
  }
}
