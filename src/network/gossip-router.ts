// gossipsub as we use it. The package's public type leaves out most of its class, so the one cast that says what the
// class has, and the few places where we reach into it, are in this file.
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

interface Internals {
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
}

/** Builds gossipsub once, with its message cache observed. */
export function createRouter(
  components: GossipSubComponents,
  options: Partial<GossipsubOpts>,
  hooks: RouterHooks
): GossipRouter {
  const router = gossipsub(options)(components)
  observeCache(internals(router).mcache, hooks)
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
