// gossipsub as we use it. The package's public type leaves out most of its class, so the one cast that says what the
// class has, and the few places where we reach into it, are in this file.
import type { PeerId } from '@libp2p/interface'
import { type GossipSub, type GossipSubComponents, type GossipsubOpts, gossipsub } from '@chainsafe/libp2p-gossipsub'

interface MessageCache {
  observeDuplicate(id: string, from: string): void
  put(id: { msgIdStr: string }, message: { topic: string }, validated?: boolean): boolean
  validate(id: string): unknown
}

export interface GossipRouter extends GossipSub {
  start(): Promise<void>
  stop(): Promise<void>
  getMeshPeers(topic: string): string[]
  getScore(peer: string): number
  reportMessageValidationResult(id: string, source: string, verdict: 'accept' | 'ignore' | 'reject'): void
}

/** What it holds of an RPC that is judged before it is handled. */
type Rpc = object

interface Internals {
  decodeRpc(bytes: Uint8Array): Rpc
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
  handlePeerReadStreamError(error: Error, from: PeerId): void
  readonly mcache: MessageCache
  readonly status: { readonly heartbeatTimeout?: { close?: () => void } }
}

export interface RouterHooks {
  /** A message entered the cache: heard, or published here. */
  readonly onCached: (id: string, topic: string) => void
  /** A further copy of a message arrived. */
  readonly onDuplicate: (id: string, from: string) => void
  /** An accepted message was no longer in the cache, so that nobody was sent it. */
  readonly onEvicted: (id: string) => void
  /** A peer sent a frame that is too long, or one that does not decode. */
  readonly onBadFrame: (from: string, code: 'oversize' | 'bad-message') => void
}

/** The frame decoder's names for a length above the limit, one without an end, and one that is no length. */
const OVERSIZE_ERRORS = new Set(['InvalidDataLengthError', 'InvalidDataLengthLengthError', 'InvalidMessageLengthError'])

/** Builds gossipsub once, with its message cache observed. */
export function createRouter(
  components: GossipSubComponents,
  options: Partial<GossipsubOpts>,
  hooks: RouterHooks
): GossipRouter {
  const router = gossipsub(options)(components)
  observeCache(internals(router).mcache, hooks)
  observeFrames(internals(router), hooks)
  return router as GossipRouter
}

/**
 * Stops gossipsub and the heartbeat that it would leave scheduled.
 */
export async function stopRouter(router: GossipRouter): Promise<void> {
  const heartbeat = internals(router).status.heartbeatTimeout
  await router.stop()
  heartbeat?.close?.()
}

function internals(router: GossipSub): Internals {
  return router as unknown as Internals
}

// The library passes over what does not decode, and never says whose it was.
function observeFrames(router: Internals, { onBadFrame }: RouterHooks): void {
  const decode = router.decodeRpc.bind(router)
  const handle = router.handleReceivedRpc.bind(router)
  const onReadError = router.handlePeerReadStreamError.bind(router)
  const undecodable: Rpc = {}
  router.decodeRpc = (bytes) => {
    try {
      return decode(bytes)
    } catch {
      return undecodable
    }
  }
  router.handleReceivedRpc = async (from, rpc) => {
    if (rpc === undecodable) onBadFrame(from.toString(), 'bad-message')
    else await handle(from, rpc)
  }
  router.handlePeerReadStreamError = (error, from) => {
    if (OVERSIZE_ERRORS.has(error.name)) onBadFrame(from.toString(), 'oversize')
    onReadError(error, from)
  }
}

// The cache's class is not exported, so its instance is observed instead of a subclass.
function observeCache(cache: MessageCache, hooks: RouterHooks): void {
  const observeDuplicate = cache.observeDuplicate.bind(cache)
  const put = cache.put.bind(cache)
  const validate = cache.validate.bind(cache)
  cache.observeDuplicate = (id, from) => {
    hooks.onDuplicate(id, from)
    observeDuplicate(id, from)
  }
  cache.put = (id, message, validated) => {
    hooks.onCached(id.msgIdStr, message.topic)
    return put(id, message, validated)
  }
  cache.validate = (id) => {
    const entry = validate(id)
    if (entry === null) hooks.onEvicted(id)
    return entry
  }
}
