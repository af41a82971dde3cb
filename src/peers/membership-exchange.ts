// One exchange of membership with a peer, asked for or answered: SYN, ACK, ACK2. What is news in it goes on verified; what
// a peer may draw and bring, the pure core decides. Never rejects for a peer's fault: it is reported.
import type { Delta, Members, SignedRecord } from '../membership/index.ts'
import { NetworkError, type Requests } from '../network/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { MembersAck, MembersRequest } from '../wire/index.ts'
import type { RecordReader } from './member-records.ts'
import { checkLines, encodeDelta, membersProtocol, readSyn } from './membership-protocol.ts'

/** Whom records came from, and where it is, or was: it may be gone before its records are verified. */
export interface Teller {
  readonly peer: string
  readonly source: string
}

export interface MembershipExchangeComponents {
  readonly requests: Requests
  readonly events: EventEmitter
  readonly runtime: Runtime
  readonly records: RecordReader
  /** Address of a peer that passed the hello and is connected. */
  readonly addressOf: (peer: string) => string | undefined
  /** Nothing goes on after it. */
  readonly signal: AbortSignal
  /** Verified news. */
  readonly onRecords: (records: readonly SignedRecord[], teller: Teller) => void
}

export class MembershipExchange {
  readonly #components: MembershipExchangeComponents
  /** Peers that are being asked. */
  readonly #busy = new Set<string>()

  constructor(components: MembershipExchangeComponents) {
    this.#components = components
  }

  isBusyWith(peer: string): boolean {
    return this.#busy.has(peer)
  }

  /** Never rejects: whoever does not answer is asked again some other round. */
  async ask(members: Members, peer: string): Promise<void> {
    const { requests, runtime, addressOf, signal } = this.#components
    const source = addressOf(peer)
    if (source === undefined) return
    this.#busy.add(peer)
    try {
      const { digest, recent, complete, sequence } = members.exchanges.syn(peer, runtime.clock.now())
      const syn = { digest: digest as Uint8Array<ArrayBuffer>, recent, complete }
      const ack = await requests.call(peer, membersProtocol, { syn }, signal)
      const delta = members.exchanges.delta(checkLines(ack.wanted), peer, runtime.clock.now())
      // Both at once, and neither's failure is left to nobody.
      await Promise.all([
        ack.delta === undefined ? undefined : this.#take(members, ack.delta, { peer, source }),
        delta.heartbeats.length === 0 ? undefined : this.#tell(peer, delta)
      ])
      // What was cut off or did not arrive stands in the next digest, too.
      if (delta.isWhole && addressOf(peer) !== undefined) members.exchanges.told(peer, sequence)
    } catch (error) {
      if (!signal.aborted) this.#onFailed(peer, error)
    } finally {
      this.#busy.delete(peer)
    }
  }

  /** Rejects with `NetworkError` (`closed`) for who has not said hello. */
  async answer(members: Members | undefined, request: MembersRequest, peer: string): Promise<MembersAck> {
    const { addressOf, runtime, signal } = this.#components
    const source = addressOf(peer)
    if (source === undefined) throw new NetworkError('closed', 'the peer has not said hello')
    const nothing = { wanted: new Uint8Array() }
    if (members === undefined || signal.aborted) return nothing
    try {
      if (request.ack2 !== undefined) await this.#take(members, request.ack2, { peer, source })
      if (request.syn === undefined) return nothing
      const { wanted, delta } = members.exchanges.answer(readSyn(request.syn), peer, runtime.clock.now())
      const answer = { wanted: wanted as Uint8Array<ArrayBuffer> }
      return delta.heartbeats.length === 0 ? answer : { ...answer, delta: encodeDelta(delta) }
    } catch (error) {
      this.#onFailed(peer, error)
      return nothing
    }
  }

  async #tell(peer: string, delta: Omit<Delta, 'isWhole'>): Promise<void> {
    const { requests, signal } = this.#components
    await requests.call(peer, membersProtocol, { ack2: encodeDelta(delta) }, signal)
  }

  async #take(members: Members, delta: NonNullable<MembersAck['delta']>, teller: Teller): Promise<void> {
    const { records, signal, onRecords } = this.#components
    const reading = records.read(members, delta, teller.peer)
    const news = Array.isArray(reading) ? reading : await reading
    if (news.length > 0 && !signal.aborted) onRecords(news, teller)
  }

  #onFailed(peer: string, error: unknown): void {
    const { events, runtime } = this.#components
    const { name, code } = error as { name?: unknown; code?: unknown }
    // What requests themselves refuse, they have reported.
    if (name !== 'WireError' || typeof code !== 'string') return
    events.emit({ type: 'rejected', kind: 'message', from: peer, code, at: runtime.clock.now() })
  }
}
