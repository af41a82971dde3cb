// A node on real sockets and a real disk: what `starling node`, a testnet's workers and the library's createNode open.
import { mkdirSync } from 'node:fs'
import {
  gossipDefaults,
  membershipDefaults,
  type MembershipSettings,
  type GossipSettings,
  nodeDefaults,
  type PeerTargets,
  peerTargets,
  productionDefaults,
  type RelayMode,
  syncDefaults
} from '../config/index.ts'
import { keyPairFromSecret } from '../crypto/index.ts'
import type { Genesis } from '../ledger/index.ts'
import { constantDelay, createLibp2pHost, LinkShaper } from '../network/libp2p/index.ts'
import { realRuntime, type Runtime } from '../runtime/index.ts'
import { memoryStore, openStore } from '../store/index.ts'
import { loadOrCreateSecret } from './key-file.ts'
import { Node } from './node.ts'
import type { NodeInit } from './node-init.ts'
import type { NodeComponents } from './parts.ts'

export interface NodeOptions {
  readonly genesis: Genesis
  /** Where blocks, state and the key are kept. Absent: in memory, gone with the node. */
  readonly directory?: string
  /** 32-byte ed25519 secret: identity and producer key. Absent: `node.key` in the directory, made when missing. */
  readonly secret?: Uint8Array
  /** Multiaddrs to listen on. Default: a port of the system's choice on 127.0.0.1. */
  readonly listen?: readonly string[]
  /** Multiaddrs, with their /p2p/ parts, to connect to and stay connected to. */
  readonly bootstrap?: readonly string[]
  /** Connections of its own choice. Default: `peerTargets`; `static` for none, as in a testnet with fixed edges. */
  readonly peers?: PeerTargets | 'static'
  readonly agent?: string
  /** One-way delay added to everything the node sends, ms. Not used with `shaper`. */
  readonly latencyMs?: number
  /** Shapes the node's links, and may do so differently while it runs. */
  readonly shaper?: LinkShaper
  readonly gossip?: GossipSettings
  readonly relay?: RelayMode
  readonly syncIntervalMs?: number
  /** Peers asked each interval. */
  readonly syncFanout?: number
  /** Fields that are not given take their defaults; `off`: the node takes no part. */
  readonly membership?: Partial<MembershipSettings> | 'off'
  readonly blockMaxBytes?: number
  /** Hashes per second when it mines. */
  readonly hashRate?: number
  readonly runtime?: Runtime
  /** Puts the node together. Default: an honest one. */
  readonly compose?: (components: NodeComponents, init: NodeInit) => Node
  /** The database was damaged and what was readable is back. Default: a warning in the log. */
  readonly onRepaired?: (reason: string) => void
}

/**
 * Opens the store and composes the node; `start()` puts it on the network. Rejects with `StoreError` (`locked`,
 * `wrong-network`, `wrong-schema`, `corrupt`) or `KeyFileError`.
 */
export async function openNode(options: NodeOptions): Promise<Node> {
  const { genesis, directory } = options
  const runtime = options.runtime ?? realRuntime()
  const onRepaired = options.onRepaired ?? ((reason: string) => runtime.logger.warn(reason))
  if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 })
  const store =
    directory === undefined ? await memoryStore(genesis) : await openStore(directory, genesis, { onRepaired })
  try {
    const secret = options.secret ?? loadOrCreateSecret(directory, runtime.entropy)
    const key = keyPairFromSecret(secret)
    const host = await createLibp2pHost({
      secret,
      listen: options.listen ?? ['/ip4/127.0.0.1/tcp/0'],
      shaper: options.shaper ?? delayOf(options.latencyMs ?? 0, runtime),
      maxConnections: nodeDefaults.connectionsMax,
      runtime
    })
    const compose = options.compose ?? ((components, init) => new Node(components, init))
    return compose(
      { genesis, host, store, runtime },
      {
        agent: options.agent ?? nodeDefaults.agent,
        bootstrap: options.bootstrap ?? [],
        targets: options.peers === 'static' ? undefined : (options.peers ?? peerTargets),
        gossip: options.gossip ?? gossipDefaults,
        relay: options.relay ?? nodeDefaults.relay,
        syncIntervalMs: options.syncIntervalMs ?? syncDefaults.intervalMs,
        syncFanout: options.syncFanout ?? syncDefaults.fanout,
        blockMaxBytes: options.blockMaxBytes ?? nodeDefaults.blockMaxBytes,
        membership: options.membership === 'off' ? undefined : { ...membershipDefaults, ...options.membership, key },
        production: { key, hashRate: options.hashRate ?? productionDefaults.hashRate }
      }
    )
  } catch (error) {
    await store.close()
    throw error
  }
}

function delayOf(latencyMs: number, runtime: Runtime): LinkShaper | undefined {
  return latencyMs > 0 ? new LinkShaper(runtime, constantDelay(latencyMs)) : undefined
}
