// The membership service: gossips with connected peers once a round, verifies records off the loop and only when they
// are news, renews this node's own, and says what changed. What it decides comes from the pure core in src/membership.
import { MEMBERSHIP_LIMITS, type MembershipSettings } from '../config/index.ts'
import type { KeyPair } from '../crypto/index.ts'
import { Members, type MembersEffect, nextGeneration, OwnRecord, type SignedRecord } from '../membership/index.ts'
import type { Requests } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import { AGENT_MAX_LENGTH, type Hex, type Tags } from '../wire/index.ts'
import { AheadHint } from './ahead-hint.ts'
import { findMembers, type MemberInfo, type MemberQuery } from './member-directory.ts'
import { memberPriority } from './member-priority.ts'
import { addressesToTell, applyChanges, fitProfile, mergeChanges, remembered, type TagChanges } from './own-profile.ts'
import { RecordReader } from './member-records.ts'
import { MembershipExchange, type Teller } from './membership-exchange.ts'
import { encodeDelta, membersProtocol } from './membership-protocol.ts'
import { MembershipRounds } from './membership-rounds.ts'

export interface MembershipComponents {
  readonly requests: Requests
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Peers that passed the hello. */
  readonly peers: () => readonly string[]
  /** Address of a peer that passed the hello and is connected. */
  readonly addressOf: (peer: string) => string | undefined
  /** Own multiaddrs. */
  readonly addresses: () => readonly string[]
  /** This node's head. */
  readonly head: () => { readonly height: number; readonly hash: Hex }
  /** An address that a member told of itself, one of its `current` ones; a peer at `source` passed it on. */
  readonly learn: (address: string, source: string, current: readonly string[]) => void
  /** Somebody's head is this high, which is higher than ours. Seldom, and not at once. */
  readonly onAhead: (height: number) => void
  /** Keeps what must survive a restart. */
  readonly save: (state: unknown) => Promise<void>
}

export interface MembershipInit extends MembershipSettings {
  readonly key: KeyPair
  /** Network id, 8 bytes, hex. */
  readonly network: Hex
  readonly agent: string
  /** What `save` was given before the restart. */
  readonly remembered: unknown
}

const TWIN =
  'Another node of this network uses the key of this one: members can not tell the two apart. Give one of them another data directory.'

export class Membership {
  readonly #components: MembershipComponents
  readonly #init: MembershipInit
  readonly #stopped = new AbortController()
  readonly #records: RecordReader
  readonly #rounds: MembershipRounds
  readonly #exchange: MembershipExchange
  readonly #ahead: AheadHint
  #members: Members | undefined
  /** Own addresses at the last look. */
  #addresses: readonly string[] = []
  #roundsSoFar = 0
  #changes: TagChanges
  /** The goodbye, once it is under way. */
  #leaving: Promise<void> | undefined
  #unsubscribe: (() => void) | undefined

  constructor(components: MembershipComponents, init: MembershipInit) {
    this.#components = components
    this.#init = init
    const { runtime, events } = components
    this.#records = new RecordReader({
      runtime,
      network: init.network,
      onBad: (from) =>
        events.emit({ type: 'rejected', kind: 'message', from, code: 'bad-record', at: runtime.clock.now() })
    })
    this.#exchange = new MembershipExchange({
      requests: components.requests,
      events,
      runtime,
      records: this.#records,
      addressOf: components.addressOf,
      signal: this.#stopped.signal,
      onRecords: (records, teller) => this.#onRecords(records, teller)
    })
    const { intervalMs, fanout } = init
    this.#ahead = new AheadHint({ runtime, withinMs: intervalMs, onAhead: components.onAhead })
    this.#rounds = new MembershipRounds({ runtime, intervalMs, fanout, onRound: () => this.#round() })
    this.#changes = remembered(init.remembered).changes
  }

  /** Once the host listens: its addresses are part of the profile. Rejects when the generation can't be kept. */
  async start(): Promise<void> {
    const { requests, runtime, addresses, events } = this.#components
    const { key, network, agent, role, tags, intervalMs, tableMax } = this.#init
    const now = runtime.clock.now()
    const { generation: last } = remembered(this.#init.remembered)
    const generation = nextGeneration(Math.floor(now / 1000), last, MEMBERSHIP_LIMITS.aheadMaxS)
    this.#addresses = addressesToTell(addresses())
    const own = fitProfile(
      { addresses: this.#addresses, tags },
      this.#changes,
      (described) => {
        const profile = { agent: printable(agent), role, ...described }
        return new OwnRecord({ key: key.publicKey, sign: key.sign, network, generation, profile })
      },
      (left) => runtime.logger.warn('not all addresses and tags fit into the profile', { ...left })
    )
    this.#members = new Members(
      {
        own,
        roundMs: intervalMs,
        tableMax,
        priority: memberPriority(runtime.entropy),
        random: runtime.random,
        head: () => {
          const { height, hash } = this.#components.head()
          return { height, head: hash.slice(0, 16) }
        }
      },
      now
    )
    await this.#save(generation)
    await requests.serve(membersProtocol, (request, peer) => this.#exchange.answer(this.#members, request, peer))
    if (this.#stopped.signal.aborted) return
    this.#unsubscribe = events.subscribe((event) => {
      if (event.type !== 'peer') return
      if (event.state === 'connected') this.#rounds.hurry()
      else this.#onClosed(event.peer)
    })
    this.#rounds.start()
  }

  /** Says goodbye if it has not yet, and ends. */
  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return
    this.#rounds.stop()
    this.#ahead.stop()
    this.#unsubscribe?.()
    await this.leave()
    this.end()
  }

  /** Ends without a word, as a node does whose store failed. */
  end(): void {
    this.#stopped.abort(new Error('stopped'))
    this.#rounds.stop()
    this.#ahead.stop()
    this.#unsubscribe?.()
  }

  /** Says goodbye; the node goes on gossiping, so that everyone hears it. The next start joins again. */
  leave(): Promise<void> {
    if (this.#members === undefined) return Promise.resolve()
    this.#leaving ??= this.#sayGoodbye(this.#members)
    return this.#leaving
  }

  async #sayGoodbye(members: Members): Promise<void> {
    const { runtime, requests, peers } = this.#components
    members.leave(runtime.clock.now())
    // With the profile: who has not heard of the newest yet could do nothing with the heartbeat alone.
    const { heartbeat, profile } = members.self
    const request = { ack2: encodeDelta({ heartbeats: [heartbeat], profiles: [profile] }) }
    const told = runtime.random.shuffle(peers()).slice(0, MEMBERSHIP_LIMITS.goodbyePeers)
    const signal = this.#stopped.signal
    await runtime.timers
      .within(
        MEMBERSHIP_LIMITS.goodbyeMs,
        (limit) => Promise.allSettled(told.map((peer) => requests.call(peer, membersProtocol, request, limit))),
        signal
      )
      .catch(() => {})
    this.#rounds.hurry()
  }

  /** Sets tags of this node, or, with `undefined`, removes them; survives a restart. Throws `WireError`. */
  async tag(changes: Readonly<Record<string, string | undefined>>): Promise<Tags> {
    const merged = mergeChanges(this.#init.tags, this.#changes, changes)
    const tags = applyChanges(this.#init.tags, merged)
    this.#members?.describe({ tags }, this.#components.runtime.clock.now())
    this.#changes = merged
    this.#rounds.hurry()
    await this.#save(this.#members?.self.heartbeat.generation)
    return tags
  }

  /** Members that match, this node among them. Empty before the start. */
  find(query: MemberQuery = {}): MemberInfo[] {
    if (this.#members === undefined) return []
    return findMembers(this.#members, this.#records, query, this.#components.runtime.clock.now())
  }

  /** Members kept, this node among them. */
  get size(): number {
    return this.#members?.members().length ?? 0
  }

  /** Tags of one member, by its peer id. */
  tagsOf(peer: string): Tags | undefined {
    const id = this.#records.idOf(peer)
    return id === undefined ? undefined : this.#members?.get(id)?.profile.tags
  }

  /** Members of the whole network that live, counted or estimated. */
  estimate(): number {
    return this.#members?.estimate() ?? 0
  }

  // ---- rounds

  #round(): void {
    const { runtime, peers } = this.#components
    const members = this.#members
    if (members === undefined) return
    if (++this.#roundsSoFar % MEMBERSHIP_LIMITS.addressesEveryRounds === 0) this.#lookAtAddresses(members)
    this.#apply(members.handle({ type: 'tick' }, runtime.clock.now()))
    const free = peers().filter((peer) => !this.#exchange.isBusyWith(peer))
    for (const peer of this.#rounds.partners(free)) void this.#exchange.ask(members, peer)
  }

  /** This machine may have moved to another network. */
  #lookAtAddresses(members: Members): void {
    const { addresses, runtime } = this.#components
    const now = addressesToTell(addresses())
    if (now.join() === this.#addresses.join()) return
    this.#addresses = now
    try {
      members.describe({ addresses: now }, runtime.clock.now())
      this.#rounds.hurry()
    } catch (error) {
      runtime.logger.warn('the addresses there are now do not fit into the profile', { error: String(error) })
    }
  }

  // ---- effects

  /** `source`: where whoever told of it is; of what nobody told, none. */
  #apply(effects: readonly MembersEffect[], source?: string): void {
    const { events, runtime, learn } = this.#components
    for (const effect of effects) {
      switch (effect.type) {
        case 'change': {
          const peer = this.#records.peerOf(effect.member.profile)
          events.emit({ type: 'member', change: effect.change, peer, at: runtime.clock.now() })
          break
        }
        case 'profile': {
          const addresses = this.#records.addressesOf(effect.profile)
          for (const address of addresses) if (source !== undefined) learn(address, source, addresses)
          break
        }
        case 'outgrown':
          this.#save(this.#members?.self.heartbeat.generation).catch((error) =>
            runtime.logger.warn('could not keep the generation', { error: String(error) })
          )
          break
        case 'twin':
          runtime.logger.warn(TWIN)
          break
        case 'ahead':
          this.#ahead.hear(effect.member.heartbeat.height)
          break
        case 'hurry':
          this.#rounds.hurry()
          break
        default:
          effect satisfies never
      }
    }
  }

  #onRecords(records: readonly SignedRecord[], { peer, source }: Teller): void {
    const members = this.#members
    const now = this.#components.runtime.clock.now()
    if (members !== undefined) this.#apply(members.handle({ type: 'records', records, via: peer }, now), source)
  }

  #onClosed(peer: string): void {
    const members = this.#members
    if (members === undefined) return
    members.exchanges.forgetPeer(peer)
    const id = this.#records.idOf(peer)
    if (id !== undefined) this.#apply(members.handle({ type: 'closed', id }, this.#components.runtime.clock.now()))
  }

  async #save(generation: number | undefined): Promise<void> {
    if (generation !== undefined) await this.#components.save({ generation, tags: this.#changes })
  }
}

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, AGENT_MAX_LENGTH)
