// Gossip of transactions and blocks: gossipsub over a Host. It knows topics, verdicts and times, and nothing of what
// the bytes mean. Handlers decide before anything is forwarded; slow work belongs in another turn of the loop.
import type { GossipsubMessage } from '@chainsafe/libp2p-gossipsub'
import type { GossipSettings } from '../config/index.ts'
import { type Logger, RecentMap, type Runtime, TimeoutError } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import { toHex } from '../wire/index.ts'
import { messageId } from './gossip-id.ts'
import { createRouter, forwardHeard, type GossipRouter, knowsPeer, stopRouter } from './gossip-router.ts'
import { gossipsubOptions, verdictDeadlineMs } from './gossip-settings.ts'
import { type GossipTraffic, observeStreams, TrafficMeter } from './gossip-traffic.ts'
import { PendingVerdicts } from './gossip-verdicts.ts'
import type { Host } from './host.ts'

export type Topic = 'transaction' | 'block'

/** What a handler decides about a message: gossipsub's three verdicts. `reject` is provable fault of the sender. */
export type Verdict = 'accept' | 'ignore' | 'reject'

export interface GossipMessage {
  readonly topic: Topic
  readonly data: Uint8Array
  /** Peer that delivered it first. */
  readonly from: string
  /** Local time of the first callback that saw any copy of it (stamped before queues), ms. */
  readonly heardAt: number
  /** Stable id of the message: sha256 over topic and data, hex of the first 20 bytes. */
  readonly id: string
}

export type MessageHandler = (message: GossipMessage) => Verdict | Promise<Verdict>
export type DuplicateHandler = (topic: Topic, id: string, from: string, at: number) => void

export interface GossipComponents {
  readonly host: Host
  readonly runtime: Runtime
  readonly events: EventEmitter
}

export interface GossipInit {
  /** First 8 hex digits of the genesis hash: topics are `/starling/<network>/tx/1` and `/starling/<network>/block/1`. */
  readonly network: string
  readonly settings: GossipSettings
  /** Takes no part: joins no topic, publishes and hears nothing. */
  readonly silent?: boolean
}

/** Messages whose path through here was cut short. Each is 0 in a healthy node. */
export interface GossipCounters {
  /** The handler took longer than its time: counted as ignore. */
  readonly lateVerdicts: number
  /** Too many messages were waiting: ignored unseen. */
  readonly overflowed: number
  /** The handler threw: counted as ignore. */
  readonly failedHandlers: number
  /** Accepted after gossipsub had dropped the message: forwarded to nobody. */
  readonly evicted: number
}

/** Message ids whose topic is remembered, to name duplicates: about a minute at 250 messages/s, 3 MB. */
const RECENT_IDS_MAX = 16_384
/** ms that gossipsub may take to close its streams; a peer that doesn't read must not keep a node from stopping. */
const STOP_MS_MAX = 1_000

const TOPICS: readonly Topic[] = ['transaction', 'block']

/** The names of the topics on the wire. `network`: first 8 hex digits of the genesis hash. */
export function topicNames(network: string): Readonly<Record<Topic, string>> {
  return { transaction: `/starling/${network}/tx/1`, block: `/starling/${network}/block/1` }
}

export class Gossip {
  readonly #host: Host
  readonly #runtime: Runtime
  readonly #events: EventEmitter
  readonly #logger: Logger
  readonly #router: GossipRouter
  readonly #meter: TrafficMeter
  /** Of each topic apart: a flood of transactions must not have blocks ignored. */
  readonly #pending: Readonly<Record<Topic, PendingVerdicts>>
  /** ms that a handler may take; what it says later is not heard. */
  readonly verdictMs: number
  readonly #silent: boolean
  readonly #names: Readonly<Record<Topic, string>>
  readonly #topics: ReadonlyMap<string, Topic>
  readonly #handlers = new Map<Topic, MessageHandler>()
  readonly #meshes: Readonly<Record<Topic, Set<string>>> = { transaction: new Set(), block: new Set() }
  /** First sight of a message, by the bytes of its first copy: gossipsub passes that object on unchanged. */
  readonly #seen = new WeakMap<Uint8Array, { topic: string; id: Uint8Array; at: number }>()
  readonly #recent = new RecentMap<string, Topic>(RECENT_IDS_MAX)
  /** Peers that gossipsub has an open stream to. */
  readonly #streams = new Set<string>()
  readonly #counters = { lateVerdicts: 0, overflowed: 0, failedHandlers: 0, evicted: 0 }
  #onDuplicate: DuplicateHandler = () => {}
  #unsubscribe: () => void = () => {}
  #running = false

  constructor({ host, runtime, events }: GossipComponents, { network, settings, silent = false }: GossipInit) {
    this.#host = host
    this.#silent = silent
    this.#runtime = runtime
    this.#events = events
    this.#logger = runtime.logger.child({ component: 'gossip' })
    this.#names = topicNames(network)
    this.#topics = new Map(TOPICS.map((topic) => [this.#names[topic], topic]))
    this.#meter = new TrafficMeter({ kindOf: this.#topics, kindOfId: (id) => this.#recent.get(id) })
    const bounds = { messagesMax: settings.pendingVerdictsMax, bytesMax: settings.pendingVerdictBytesMax }
    this.#pending = { transaction: new PendingVerdicts(bounds), block: new PendingVerdicts(bounds) }
    this.verdictMs = verdictDeadlineMs(settings)
    this.#router = this.#createRouter(settings)
  }

  /** Exactly one handler per topic, set before start. It must decide; a throw counts as ignore and is logged. */
  onMessage(topic: Topic, handler: MessageHandler): void {
    if (this.#handlers.has(topic)) throw new Error(`a handler for ${topic} messages is already set`)
    this.#handlers.set(topic, handler)
  }

  /** Called for each further copy of a message. Copies of unknown ids are not reported. */
  onDuplicate(handler: DuplicateHandler): void {
    this.#onDuplicate = handler
  }

  /** Resolves with the number of peers it went to (0 when alone or already published: not an error) and the id. */
  async publish(topic: Topic, data: Uint8Array): Promise<{ id: string; peers: number }> {
    const name = this.#names[topic]
    const id = messageId(name, data)
    if (this.#silent) return { id: toHex(id), peers: 0 }
    this.#seen.set(data, { topic: name, id, at: this.#runtime.clock.now() })
    const { recipients } = await this.#router.publish(name, data)
    return { id: toHex(id), peers: recipients.length }
  }

  /**
   * Publishes what may have been heard, and ignored because it could not be judged then: sent to the mesh in either case.
   * Resolves with the id.
   */
  async spread(topic: Topic, data: Uint8Array): Promise<{ id: string }> {
    const { id, peers } = await this.publish(topic, data)
    if (peers > 0 || this.#silent || !this.#running) return { id }
    const name = this.#names[topic]
    forwardHeard(this.#router, messageId(name, data), id, { topic: name, data })
    return { id }
  }

  meshPeers(topic: Topic): string[] {
    return this.#router.getMeshPeers(this.#names[topic])
  }

  /** gossipsub's own score of a peer: 0 for a stranger, negative for offenders. */
  score(peer: string): number {
    return this.#router.getScore(peer)
  }

  /** Bytes sent so far on gossip streams, by kind. */
  traffic(): GossipTraffic {
    return this.#meter.totals()
  }

  counters(): GossipCounters {
    return { ...this.#counters }
  }

  /** Messages without a verdict yet, and their bytes. */
  pending(): { readonly messages: number; readonly bytes: number } {
    const [a, b] = [this.#pending.transaction.load, this.#pending.block.load]
    return { messages: a.messages + b.messages, bytes: a.bytes + b.bytes }
  }

  /** Joins both topics. Before `host.start()`, so that no inbound stream is missed. */
  async start(): Promise<void> {
    if (this.#silent) return
    this.#running = true
    this.#router.addEventListener('gossipsub:message', this.#onMessage)
    for (const event of MESH_EVENTS) this.#router.addEventListener(event, this.#compareMeshes)
    this.#router.addEventListener('gossipsub:heartbeat', this.#dropMute)
    this.#unsubscribe = this.#host.subscribe({ disconnected: this.#compareMeshes })
    await this.#router.start()
    for (const topic of TOPICS) this.#router.subscribe(this.#names[topic])
  }

  /** Leaves gossip; the host keeps its connections. Verdicts still to come are dropped. */
  async stop(): Promise<void> {
    if (!this.#running) return
    this.#running = false
    this.#unsubscribe()
    this.#router.removeEventListener('gossipsub:message', this.#onMessage)
    for (const event of MESH_EVENTS) this.#router.removeEventListener(event, this.#compareMeshes)
    this.#router.removeEventListener('gossipsub:heartbeat', this.#dropMute)
    try {
      await this.#runtime.timers.within(STOP_MS_MAX, () => stopRouter(this.#router))
    } catch (error) {
      // Its streams end with their connections, when the host stops.
      this.#logger.debug('gossip streams did not close in time', { error: String(error) })
    }
  }

  #createRouter(settings: GossipSettings): GossipRouter {
    const components = observeStreams(this.#host.gossipComponents, {
      onFrame: (frame) => this.#meter.addFrame(frame),
      onOpen: (peer) => void this.#streams.add(peer),
      onEnd: (peer) => {
        this.#streams.delete(peer)
        this.#drop(peer)
      }
    })
    const options = {
      ...gossipsubOptions(settings, this.#names),
      // The earliest callback for any copy, before the first await. Its result also spares duplicates the rest.
      fastMsgIdFn: (message: { topic: string; data?: Uint8Array }) =>
        toHex(this.#identify(message.topic, message.data ?? new Uint8Array())),
      msgIdFn: (message: { topic: string; data: Uint8Array }) => this.#identify(message.topic, message.data),
      msgIdToStrFn: toHex
    }
    return createRouter({ ...components, interner: this.#runtime.interner }, options, {
      frameBytesMax: settings.maxRpcBytes,
      onCached: (id, topic) => this.#remember(id, topic),
      onDuplicate: (id, from) => this.#reportDuplicate(id, from),
      onEvicted: () => {
        this.#counters.evicted++
      },
      onBadFrame: (from, code) =>
        this.#events.emit({ type: 'rejected', kind: 'message', from, code, at: this.#runtime.clock.now() })
    })
  }

  #identify(topic: string, data: Uint8Array): Uint8Array {
    const seen = this.#seen.get(data)
    if (seen?.topic === topic) return seen.id
    const at = this.#runtime.clock.now()
    const id = this.#runtime.interner.ofBytes(`message id ${topic}`, data, () => messageId(topic, data))
    this.#seen.set(data, { topic, id, at })
    // Already here, because IDONTWANT is sent before the message is cached.
    this.#remember(toHex(id), topic)
    return id
  }

  #remember(id: string, name: string): void {
    const topic = this.#topics.get(name)
    if (topic === undefined || this.#recent.has(id)) return
    this.#recent.set(id, topic)
  }

  #reportDuplicate(id: string, from: string): void {
    const topic = this.#recent.get(id)
    if (topic !== undefined) this.#onDuplicate(topic, id, from, this.#runtime.clock.now())
  }

  readonly #onMessage = ({ detail }: CustomEvent<GossipsubMessage>): void => {
    const topic = this.#topics.get(detail.msg.topic)
    const handler = topic === undefined ? undefined : this.#handlers.get(topic)
    if (topic === undefined || handler === undefined) return
    const { data } = detail.msg
    const from = detail.propagationSource.toString()
    if (!this.#pending[topic].enter(from, data.length)) {
      this.#counters.overflowed++
      this.#report(detail.msgId, from, 'ignore')
      return
    }
    const heardAt = this.#seen.get(data)?.at ?? this.#runtime.clock.now()
    void this.#decide(handler, { topic, data, from, heardAt, id: detail.msgId })
  }

  async #decide(handler: MessageHandler, message: GossipMessage): Promise<void> {
    const { topic, id, from, data } = message
    const verdict = await this.#judge(handler, message)
    this.#pending[topic].leave(from, data.length)
    this.#report(id, from, verdict)
  }

  async #judge(handler: MessageHandler, message: GossipMessage): Promise<Verdict> {
    try {
      const decision = handler(message)
      // A verdict at once is forwarded at once, without a timer.
      if (typeof decision === 'string') return decision
      return await this.#runtime.timers.within(this.verdictMs, () => decision)
    } catch (error) {
      if (error instanceof TimeoutError) this.#counters.lateVerdicts++
      else this.#counters.failedHandlers++
      this.#logger.warn('a message got no verdict', { topic: message.topic, id: message.id, error: String(error) })
      return 'ignore'
    }
  }

  #report(id: string, from: string, verdict: Verdict): void {
    if (this.#running) this.#router.reportMessageValidationResult(id, from, verdict)
  }

  /**
   * gossipsub opens one stream per peer and never a second, and it forgets a peer that sent what can't be read: either
   * way the peer stays connected and mute. Closing the connection lets the peer manager make a whole one.
   */
  #drop(peer: string): void {
    if (!this.#running) return
    this.#host.disconnect(peer).catch((error) => {
      this.#logger.debug('could not disconnect', { peer, error: String(error) })
    })
  }

  readonly #dropMute = (): void => {
    for (const peer of this.#streams) if (!knowsPeer(this.#router, peer)) this.#drop(peer)
  }

  /** gossipsub reports refused grafts too, and not the leaving of a peer that disconnects: only a comparison is true. */
  readonly #compareMeshes = (): void => {
    const at = this.#runtime.clock.now()
    for (const topic of TOPICS) {
      const held = this.#meshes[topic]
      const peers = this.meshPeers(topic)
      if (peers.length === held.size && peers.every((peer) => held.has(peer))) continue
      const now = new Set(peers)
      for (const peer of [...held].filter((one) => !now.has(one))) {
        held.delete(peer)
        this.#events.emit({ type: 'mesh', at, change: 'prune', topic, peer })
      }
      for (const peer of [...now].filter((one) => !held.has(one))) {
        held.add(peer)
        this.#events.emit({ type: 'mesh', at, change: 'graft', topic, peer })
      }
    }
  }
}

const MESH_EVENTS = ['gossipsub:graft', 'gossipsub:prune', 'gossipsub:heartbeat'] as const
