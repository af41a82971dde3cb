// Which records of others are worth having: as news, as an answer to a digest, as a signature check. Pure.
import { MEMBERSHIP_LIMITS } from '../config/index.ts'
import type { Detector } from './detector.ts'
import type { Spoken } from './events.ts'
import type { News } from './exchange.ts'
import type { Strangers } from './strangers.ts'
import type { Member, Table } from './table.ts'

export interface InterestParts {
  readonly table: Table
  readonly detector: Detector
  readonly strangers: Strangers
  /** This node: whoever remembers more of it is always heard. */
  readonly self: Member
}

export class Interest {
  readonly #parts: InterestParts

  constructor(parts: InterestParts) {
    this.#parts = parts
  }

  /**
   * Whether a record would be news. Of a member that spoke more often than it announced it is not yet, but for a goodbye:
   * the rest comes again, whoever is gone does not.
   */
  isNews({ id, generation, version, leaving }: Spoken, now: number): boolean {
    if (isFarAhead(generation, now)) return false
    const member = this.#parts.table.get(id)
    if (member === undefined) return true
    if (!this.#isFree(member, now) && !(leaving && member.state !== 'left')) return false
    const { heartbeat } = member
    return generation > heartbeat.generation || (generation === heartbeat.generation && version > heartbeat.version)
  }

  /** Of a peer's news what is worth a signature check: of members never heard of before as many as it may bring. */
  choose<T extends { readonly id: string }>(news: readonly T[], via: string): readonly T[] {
    const known = news.filter(({ id }) => this.#parts.table.get(id) !== undefined)
    const unknown = news.filter(({ id }) => this.#parts.table.get(id) === undefined)
    return unknown.length === 0 ? news : [...this.#parts.strangers.choose(unknown, via), ...known]
  }

  /** Whether there is any use for news of a member. Of an unknown one beyond the table only recent news is passed on. */
  wants({ id, generation, recent }: News, now: number): boolean {
    if (isFarAhead(generation, now)) return false
    const member = this.#parts.table.get(id)
    if (member !== undefined) return this.#isFree(member, now)
    return recent || this.#parts.table.hasRoomFor(id)
  }

  /** Whether another heartbeat of it may be taken. */
  #isFree(member: Member, now: number): boolean {
    return member === this.#parts.self || this.#parts.detector.isFree(member, now)
  }
}

/** Of a second: a clock that is that wrong, or a lie. */
export function isFarAhead(second: number, now: number): boolean {
  return second > now / 1000 + MEMBERSHIP_LIMITS.aheadMaxS
}
