// gossipsub as we use it. The package's public type leaves out most of its class, so the one cast that says what the
// class has, and the few places where we reach into it, are in this file.
import type { PeerId, Stream } from '@libp2p/interface'
import { type GossipSub, type GossipSubComponents, type GossipsubOpts, gossipsub } from '@chainsafe/libp2p-gossipsub'
import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import type { Interner } from '../runtime/index.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { NetworkError } from './host.ts'

interface MessageCache {
  observeDuplicate(id: string, from: string): void
  put(id: { msgId: Uint8Array; msgIdStr: string }, message: { topic: string }, validated?: boolean): boolean
  validate(id: string): unknown
}

export interface GossipRouter extends GossipSub {
  start(): Promise<void>
  stop(): Promise<void>
  getMeshPeers(topic: string): string[]
  getScore(peer: string): number
  /** Sends a message to the mesh whether it was seen before or not. */
  forwardMessage(id: string, message: RawMessage): void
  reportMessageValidationResult(id: string, source: string, verdict: 'accept' | 'ignore' | 'reject'): void
}

/** A message as it is on the wire, unsigned. */
interface RawMessage {
  readonly topic: string
  readonly data: Uint8Array
}

/** What it holds of an RPC that is judged before it is handled. */
type Rpc = object

interface OutboundStream {
  /** Sends what has its length prefix already. */
  pushPrefixed(frame: Uint8Array): void
}

interface Internals {
  /** False when nothing was sent. */
  sendRpc(peer: string, rpc: RPC): boolean
  readonly streamsOutbound: ReadonlyMap<string, OutboundStream>
  /** Control messages and gossip that wait for the next RPC to a peer. */
  readonly control: ReadonlyMap<string, object>
  readonly gossip: ReadonlyMap<string, object>
  decodeRpc(bytes: Uint8Array): Rpc
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
  handlePeerReadStreamError(error: Error, from: PeerId): void
  createInboundStream(from: PeerId, stream: Stream): void
  isStarted(): boolean
  readonly mcache: MessageCache
  readonly peers: ReadonlyMap<string, PeerId>
  readonly streamsInbound: Map<string, { close(): Promise<void> }>
  readonly status: { readonly heartbeatTimeout?: { close?: () => void } }
}

export interface RouterHooks {
  /** Longest RPC taken in. */
  readonly frameBytesMax: number
  /** A message entered the cache: heard, or published here. */
  readonly onCached: (id: string, topic: string) => void
  /** A further copy of a message arrived. */
  readonly onDuplicate: (id: string, from: string) => void
  /** An accepted message was no longer in the cache, so that nobody was sent it. */
  readonly onEvicted: (id: string) => void
  /** A peer sent a frame that is too long, or one that does not decode. */
  readonly onBadFrame: (from: string, code: 'oversize' | 'bad-message') => void
}

/** From this size on a message is encoded once for all peers. Below it the library's own way costs no more. */
const ENCODED_ONCE_FROM_BYTES = 4096

/** Builds gossipsub once, with its message cache observed. */
export function createRouter(
  components: GossipSubComponents & { readonly interner: Interner },
  options: Partial<GossipsubOpts>,
  hooks: RouterHooks
): GossipRouter {
  const router = gossipsub(options)(components)
  encodeOnce(internals(router), components.interner)
  observeCache(internals(router).mcache, hooks)
  observeFrames(internals(router), hooks)
  return router as GossipRouter
}

/** Sends on a message that was heard and ignored: the library's `publish` takes it for sent. */
export function forwardHeard(router: GossipRouter, id: Uint8Array, idText: string, message: RawMessage): void {
  internals(router).mcache.put({ msgId: id, msgIdStr: idText }, message, true)
  router.forwardMessage(idText, message)
}

/**
 * Stops gossipsub and the heartbeat that it would leave scheduled.
 */
export async function stopRouter(router: GossipRouter): Promise<void> {
  const heartbeat = internals(router).status.heartbeatTimeout
  await router.stop()
  heartbeat?.close?.()
}

/** Whether gossipsub has not forgotten this peer. */
export function knowsPeer(router: GossipRouter, peer: string): boolean {
  return internals(router).peers.has(peer)
}

function internals(router: GossipSub): Internals {
  return router as unknown as Internals
}

// The library encodes a message anew for each peer that it forwards it to. What goes with it (control messages that
// wait, gossip) may differ, so only a message that goes alone is spared that; the bytes sent are the same.
function encodeOnce(router: Internals, interner: Interner): void {
  const sendRpc = router.sendRpc.bind(router)
  let last: { readonly message: RPC.Message; readonly shape: string; readonly frame: Uint8Array } | undefined
  const frameOf = (message: RPC.Message, data: Uint8Array, rpc: RPC): Uint8Array => {
    // What was asked for comes with an empty list of control messages, which is on the wire.
    const shape = rpc.control === undefined ? 'forwarded' : 'wanted'
    if (last?.message === message && last.shape === shape) return last.frame
    const frame = interner.ofBytes(`${shape} ${message.topic}`, data, () => encodeFrame(RPC.encode(rpc)))
    last = { message, shape, frame }
    // All peers are served in one go: a frame is not kept for a message that comes again later.
    queueMicrotask(() => {
      last = undefined
    })
    return frame
  }
  router.sendRpc = (peer, rpc) => {
    const [message, second] = rpc.messages
    const data = message?.data
    const stream = router.streamsOutbound.get(peer)
    const isAlone =
      second === undefined &&
      rpc.subscriptions.length === 0 &&
      isEmpty(rpc.control) &&
      !router.control.has(peer) &&
      !router.gossip.has(peer)
    if (message === undefined || data === undefined || stream === undefined) return sendRpc(peer, rpc)
    if (!isAlone || data.length < ENCODED_ONCE_FROM_BYTES || !isUnsigned(message)) return sendRpc(peer, rpc)
    try {
      stream.pushPrefixed(frameOf(message, data, rpc))
      return true
    } catch {
      // As the library does when a stream has ended.
      return false
    }
  }
}

function isEmpty(control: RPC.ControlMessage | undefined): boolean {
  return control === undefined || Object.values(control).every((list: readonly unknown[]) => list.length === 0)
}

/** Nothing but topic and data: what the frame is remembered by. */
function isUnsigned({ from, seqno, signature, key }: RPC.Message): boolean {
  return from === undefined && seqno === undefined && signature === undefined && key === undefined
}

// The library passes over what does not decode, and never says whose it was. And its streams are read through two
// asynchronous generators, a queue and an abort controller each, which is most of what an idle connection costs.
function observeFrames(router: Internals, { frameBytesMax, onBadFrame }: RouterHooks): void {
  const read = async (from: PeerId, stream: Stream): Promise<void> => {
    const reader = new FrameReader(stream, frameBytesMax)
    try {
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        onFrame(from, frame.subarray())
      }
    } catch (error) {
      if (error instanceof NetworkError && error.code === 'oversize') onBadFrame(from.toString(), 'oversize')
      router.handlePeerReadStreamError(error instanceof Error ? error : new Error(String(error)), from)
    }
  }
  const onFrame = (from: PeerId, frame: Uint8Array): void => {
    let rpc: Rpc
    try {
      rpc = router.decodeRpc(frame)
    } catch {
      onBadFrame(from.toString(), 'bad-message')
      return
    }
    // Not awaited: one message may wait for its verdict while the next is heard.
    router.handleReceivedRpc(from, rpc).catch(() => {})
  }
  // As the library's own, up to the reading.
  router.createInboundStream = (from, stream) => {
    const peer = from.toString()
    if (!router.isStarted() || !router.peers.has(peer)) return
    void router.streamsInbound.get(peer)?.close()
    router.streamsInbound.set(peer, {
      close: async () => void stream.close().catch((error) => stream.abort(error))
    })
    void read(from, stream)
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
