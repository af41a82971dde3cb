// A Host over libp2p: TCP, Noise, Yamux, identify. The only place that opens sockets for peers.
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { createLibp2p, type Libp2p } from 'libp2p'
import { transportDefaults } from '../../config/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Host } from '../host.ts'
import { countingEncrypter } from './counting-encrypter.ts'
import { type Gate, Libp2pHost } from './host.ts'
import type { LinkShaper } from './link-shaper.ts'
import { componentLogger } from './logger.ts'
import { sparingYamux } from './muxer.ts'
import { noiseCrypto } from './noise-crypto.ts'
import { shapedBy } from './shaped-transport.ts'

export { constantDelay, LinkShaper, type LinkTable, type PeerLink } from './link-shaper.ts'

export interface Libp2pHostInit {
  /** 32-byte ed25519 secret: the node's identity. */
  readonly secret: Uint8Array
  /** Multiaddrs, e.g. `/ip4/127.0.0.1/tcp/0`. */
  readonly listen: readonly string[]
  /** Shapes the node's links inside the transport. Absent: they are as they are. */
  readonly shaper?: LinkShaper | undefined
  readonly runtime: Runtime
  /** Connections in both directions. Further inbound ones are refused; past it the least valued are closed. */
  readonly maxConnections: number
}

const SECRET_BYTES = 32

/** Builds a host that does not listen yet: attach gossip and request handlers, then `start` it. */
export async function createLibp2pHost(init: Libp2pHostInit): Promise<Host> {
  if (init.secret.length !== SECRET_BYTES) throw new RangeError(`a secret of ${init.secret.length} bytes, not 32`)
  let bytesSent = 0
  const counter = (bytes: number): void => {
    bytesSent += bytes
  }
  const privateKey = await generateKeyPairFromSeed('Ed25519', init.secret)
  const gate: Gate = { isRefused: () => false }
  const { libp2p, components } = await buildLibp2p(init, privateKey, counter, gate)
  const { peerId, peerStore, registrar, connectionManager, logger, addressManager } = components
  return new Libp2pHost({
    libp2p,
    gossipComponents: { privateKey, peerId, peerStore, registrar, connectionManager, logger },
    runtime: init.runtime,
    bytesSent: () => bytesSent,
    gate,
    onStopped: () => {
      init.shaper?.stop()
      addressManager._updatePeerStoreAddresses?.stop()
    }
  })
}

/** What libp2p's parts are given by it. */
interface Components extends GossipSubComponents {
  readonly addressManager: {
    /** Waits a second after each address that comes or goes; the library leaves it waiting when it stops. */
    readonly _updatePeerStoreAddresses?: { stop(): void }
  }
}

async function buildLibp2p(
  init: Libp2pHostInit,
  privateKey: PrivateKey,
  onSent: (bytes: number) => void,
  gate: Gate
): Promise<{ libp2p: Libp2p; components: Components }> {
  const plainTcp = tcp({ maxConnections: init.maxConnections + transportDefaults.incomingPendingMax })
  let components: Components | undefined
  const libp2p = await createLibp2p({
    privateKey,
    start: false,
    addresses: { listen: [...init.listen] },
    transports: [init.shaper === undefined ? plainTcp : shapedBy(plainTcp, init.shaper)],
    connectionEncrypters: [countingEncrypter(noise({ crypto: noiseCrypto }), onSent)],
    streamMuxers: [sparingYamux({ ...muxerLimits })],
    connectionGater: {
      denyInboundConnection: ({ remoteAddr }) => gate.isRefused(undefined, remoteAddr.toString()),
      denyInboundEncryptedConnection: (peer, { remoteAddr }) => gate.isRefused(peer.toString(), remoteAddr.toString())
    },
    connectionManager: { ...connectionLimits, maxConnections: init.maxConnections },
    // Pings on a stream of their own every 10 s; Yamux's keep-alive finds dead connections for 12 bytes.
    connectionMonitor: { enabled: false },
    logger: componentLogger(init.runtime.logger),
    services: {
      identify: identify({ maxInboundStreams: 4, maxOutboundStreams: 4 }),
      components: (all: GossipSubComponents) => {
        components = all as Components
        return {}
      }
    }
  })
  if (components === undefined) throw new Error('libp2p did not call the service factory')
  return { libp2p, components }
}

const muxerLimits = {
  maxInboundStreams: transportDefaults.streamsPerConnectionMax,
  maxOutboundStreams: transportDefaults.streamsPerConnectionMax,
  // The dialler may open streams while the other end still sets up its side: above ten early ones the library would
  // cut the whole connection.
  maxEarlyStreams: transportDefaults.streamsPerConnectionMax,
  streamOptions: {
    maxStreamWindowSize: transportDefaults.streamWindowBytesMax,
    maxReadBufferLength: transportDefaults.streamReadBufferBytesMax
  }
}

const connectionLimits = {
  inboundConnectionThreshold: transportDefaults.inboundPerSecondPerAddress,
  maxIncomingPendingConnections: transportDefaults.incomingPendingMax,
  maxParallelDials: transportDefaults.parallelDialsMax,
  dialTimeout: transportDefaults.dialTimeoutMs,
  connectionCloseTimeout: transportDefaults.closeTimeoutMs,
  // Whom to dial, and when again, is the peer manager's decision alone.
  reconnectRetries: 0,
  // No names are looked up on behalf of an address that a peer gave us.
  resolvers: {}
}
