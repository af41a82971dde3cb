// A Host over libp2p: TCP, Noise, Yamux, identify. The only place that opens sockets for peers.
import type { Runtime } from '../../runtime/index.ts'
import type { Host } from '../host.ts'

/** Shapes what this node sends, inside the transport. */
export interface LinkShape {
  /** Constant one-way delay, milliseconds. */
  readonly latencyMs: number
}

export interface Libp2pHostInit {
  /** 32-byte ed25519 secret: the node's identity. */
  readonly secret: Uint8Array
  /** Multiaddrs, e.g. `/ip4/127.0.0.1/tcp/0`. */
  readonly listen: readonly string[]
  readonly link?: LinkShape
  readonly runtime: Runtime
  readonly maxConnections: number
}

export async function createLibp2pHost(_init: Libp2pHostInit): Promise<Host> {
  throw new Error('not built yet')
}
