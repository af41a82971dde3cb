// What members make of each other, bounded: the last changes, and of older ones those that still hold. Whoever has been
// down for long must not seem alive because that is forgotten.
import type { MemberChange } from './types.ts'

/** All others are what is thought of a member that nothing is known of. */
const HOLDS: ReadonlySet<MemberChange['change']> = new Set(['suspected', 'down', 'left'])

export class MemberChanges {
  readonly #limit: number
  #all: MemberChange[] = []
  #full: number

  constructor(limit: number) {
    this.#limit = limit
    this.#full = this.#withRoom(limit)
  }

  /** Oldest first; at most one more than the limit allows for each pair of members. */
  get all(): readonly MemberChange[] {
    return this.#all
  }

  add(change: MemberChange): void {
    this.#all.push(change)
    if (this.#all.length <= this.#full) return
    const latest = new Map(this.#all.map((each) => [pairOf(each), each]))
    const recent = this.#all.length - this.#limit
    this.#all = this.#all.filter(
      (each, i) => i >= recent || (HOLDS.has(each.change) && latest.get(pairOf(each)) === each)
    )
    this.#full = this.#withRoom(this.#all.length)
  }

  /** In bulk, so that a full list is not gone through for each change. */
  #withRoom(length: number): number {
    return length + Math.max(8, this.#limit >> 3)
  }
}

const pairOf = ({ node, of }: MemberChange): string => `${node} ${of}`
