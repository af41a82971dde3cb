// A node's exchanges with its peers: what each was told already, what each may draw and is asked for, and whom this node
// wants to hear of. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import { type Ack, answerSyn, type Delta, deltaBytes, deltaFor, makeSyn, type News, type Syn } from './exchange.ts'
import { PeerQuotas } from './peer-quotas.ts'
import type { Strangers } from './strangers.ts'
import type { Member, Table } from './table.ts'

export interface ExchangesInit {
  readonly table: Table
  /** Whether there is any use for news of a member. */
  readonly wants: (news: News, now: number) => boolean
  readonly strangers: Strangers
}

export class Exchanges {
  readonly #init: ExchangesInit
  readonly #quotas = new PeerQuotas()
  /** By peer: the table's sequence when it was last told everything. Bounded by connections. */
  readonly #told = new Map<string, number>()
  /** Members to ask about, until there is news. At most `digestAskedMax`; the oldest is dropped, suspects last. */
  readonly #asked = new Set<Member>()

  constructor(init: ExchangesInit) {
    this.#init = init
  }

  newRound(): void {
    this.#quotas.newRound()
  }

  /** `sequence`: pass it to `told` once the peer has been sent all that it wanted. */
  syn(peer: string, now: number): Syn & { readonly sequence: number } {
    const { table } = this.#init
    const { sequence } = table
    const since = this.#told.get(peer) ?? 0
    return { ...makeSyn(table, { peer, since, asked: this.#asked, nowS: now / 1000 }), sequence }
  }

  /** A digest of a few bytes may draw many: each peer has an allowance, and is told of everybody once in a round. */
  answer(syn: Syn, peer: string, now: number): Ack {
    const choose = (news: readonly News[]): readonly News[] => this.#choose(news, peer, now)
    const complete = syn.complete && this.#quotas.complete(peer)
    const maxBytes = this.#quotas.allowance(peer)
    const ack = answerSyn(this.#init.table, { ...syn, complete }, { choose, maxBytes, nowS: now / 1000 })
    this.#quotas.spend(peer, deltaBytes(ack.delta))
    return ack
  }

  #choose(all: readonly News[], peer: string, now: number): readonly News[] {
    const { table, wants, strangers } = this.#init
    const news = all.filter((each) => wants(each, now) && this.#quotas.mayRequest(peer, each, now))
    const known = news.filter(({ id }) => table.get(id) !== undefined)
    const unknown = news.filter(({ id }) => table.get(id) === undefined)
    return [...strangers.choose(unknown, peer), ...known].filter((each) => this.#quotas.request(peer, each, now))
  }

  /** What the peer's answer asks for, within its allowance. */
  delta(wanted: Uint8Array, peer: string, now: number): Delta {
    const delta = deltaFor(this.#init.table, wanted, { maxBytes: this.#quotas.allowance(peer), nowS: now / 1000 })
    this.#quotas.spend(peer, deltaBytes(delta))
    return delta
  }

  told(peer: string, sequence: number): void {
    this.#told.set(peer, Math.max(sequence, this.#told.get(peer) ?? 0))
  }

  /** The connection is gone: next time the peer is told everything again. */
  forgetPeer(peer: string): void {
    this.#told.delete(peer)
  }

  /** From now on each digest begins with this member, until there is news of it. */
  ask(member: Member): void {
    this.#asked.add(member)
    if (this.#asked.size <= MEMBERSHIP_LIMITS.digestAskedMax) return
    // Anybody can close connections; a suspect has but seconds left.
    const all = [...this.#asked]
    const dropped = all.find(({ state }) => state !== 'suspect') ?? all[0]
    if (dropped !== undefined) this.#asked.delete(dropped)
  }

  /** There is news of it, or no use for any. */
  stopAsking(member: Member): void {
    this.#asked.delete(member)
  }
}
