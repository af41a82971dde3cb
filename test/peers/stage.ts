// The membership service before peers whose answers are written here, with timers and a clock that are moved by hand.
import { setImmediate as turn } from 'node:timers/promises'
import { membershipDefaults } from '../../src/config/index.ts'
import type { Requests } from '../../src/network/index.ts'
import { Membership } from '../../src/peers/index.ts'
import type { MembershipInit } from '../../src/peers/membership.ts'
import { encodeDelta } from '../../src/peers/membership-protocol.ts'
import { realRuntime, type TimerHandle, timersFrom, type Verifier } from '../../src/runtime/index.ts'
import { EventEmitter, type NodeEvent } from '../../src/trace/index.ts'
import type { MembersAck, MembersRequest } from '../../src/wire/index.ts'
import { keyOf, NETWORK, recordOf, START_MS } from '../membership/support.ts'

export const NOTHING: MembersAck = { wanted: new Uint8Array() }

/** Where all peers are. */
export const STAGE_SOURCE = '/ip4/192.0.2.7/tcp/4001'

interface StageTimer {
  readonly at: number
  readonly fn: () => void
}

export class Stage {
  readonly membership: Membership
  readonly events = new EventEmitter()
  readonly seen: NodeEvent[] = []
  /** Addresses that members told of themselves, each with where it was told. */
  readonly learned: [address: string, source: string][] = []
  /** Heights of hints that others are ahead. */
  readonly ahead: number[] = []
  now = START_MS
  listeners = 0
  isPeer = true
  peers: readonly string[] = ['peer']
  answer: (request: MembersRequest, peer: string) => Promise<MembersAck> = async () => NOTHING
  save: (state: unknown) => Promise<void> = async () => {}
  verify: Verifier['verify'] = async () => true
  ask: (request: MembersRequest, peer: string) => Promise<MembersAck> = () => Promise.reject(new Error('not served'))
  addresses: readonly string[]
  readonly #timers = new Set<StageTimer>()

  constructor(init: Partial<MembershipInit> = {}, addresses: readonly string[] = []) {
    this.addresses = addresses
    const after = (ms: number, fn: () => void): TimerHandle => {
      const timer = { at: this.now + ms, fn }
      this.#timers.add(timer)
      return { cancel: () => void this.#timers.delete(timer) }
    }
    const runtime = {
      ...realRuntime({ seed: 'stage' }),
      clock: { now: () => this.now },
      timers: timersFrom({ after, every: after }),
      verifier: { verify: (check) => this.verify(check), verifyAll: async () => true } satisfies Verifier
    }
    this.events.subscribe((event) => this.seen.push(event))
    const subscribe: EventEmitter['subscribe'] = (listener) => {
      this.listeners++
      const end = EventEmitter.prototype.subscribe.call(this.events, listener)
      return () => {
        this.listeners--
        end()
      }
    }
    this.events.subscribe = subscribe
    const requests = {
      call: (peer: string, _protocol: unknown, request: MembersRequest) => this.answer(request, peer),
      serve: async (_protocol: unknown, handler: Stage['ask']) => {
        this.ask = handler
      }
    } as unknown as Requests
    this.membership = new Membership(
      {
        requests,
        events: this.events,
        runtime,
        peers: () => this.peers,
        addressOf: () => (this.isPeer ? STAGE_SOURCE : undefined),
        addresses: () => this.addresses,
        head: () => ({ height: 0, hash: '00'.repeat(32) }),
        learn: (address, source) => this.learned.push([address, source]),
        onAhead: (height) => this.ahead.push(height),
        save: (state) => this.save(state)
      },
      { ...membershipDefaults, key: keyOf('self'), network: NETWORK, agent: 'test', remembered: undefined, ...init }
    )
  }

  /** Timers that nobody cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  /** The next timer, which is that of the round unless a test made others: the SYN that is sent, once it was answered. */
  async round(): Promise<Uint8Array> {
    const answer = this.answer
    let digest: Uint8Array = new Uint8Array()
    this.answer = (request, peer) => {
      if (request.syn !== undefined) digest = request.syn.digest
      return answer(request, peer)
    }
    await this.#fire(Infinity)
    this.answer = answer
    return digest
  }

  /** So much time passes, with all that falls due in it. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms
    let fired = true
    while (fired) fired = await this.#fire(until)
    this.now = until
  }

  /** A peer tells of these. */
  async tell(names: readonly string[], fields: Parameters<typeof recordOf>[1] = {}): Promise<void> {
    const records = names.map((name) => recordOf(name, fields))
    const profiles = records.flatMap(({ profile }) => profile ?? [])
    await this.ask(
      { ack2: encodeDelta({ heartbeats: records.map(({ heartbeat }) => heartbeat), profiles }) },
      'another'
    )
  }

  async #fire(until: number): Promise<boolean> {
    const [next] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
    if (next === undefined) return false
    this.#timers.delete(next)
    this.now = Math.max(this.now, next.at)
    next.fn()
    for (let i = 0; i < 5; i++) await turn()
    return true
  }
}
