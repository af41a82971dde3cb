// Which transactions are followed from node to node: all of a quiet network, so many a second of a busy one, chosen
// when they are first heard of, wherever that is.
import { liveDefaults } from '../../config/index.ts'

export class Chooser {
  readonly #perSecond: number
  readonly #choices = new Map<string, boolean>()
  #tokens: number = liveDefaults.followedAtOnce
  #at = Number.NaN

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  follow(id: string): void {
    this.#remember(id, true)
  }

  isFollowed(id: string): boolean {
    return this.#choices.get(id) === true
  }

  /** The choice about an item that is heard of at `at`, ms. */
  choose(id: string, at: number): boolean {
    const made = this.#choices.get(id)
    if (made !== undefined) return made
    const passed = Number.isNaN(this.#at) ? 0 : Math.max(0, at - this.#at)
    this.#at = Math.max(at, Number.isNaN(this.#at) ? at : this.#at)
    this.#tokens = Math.min(liveDefaults.followedAtOnce, this.#tokens + (passed / 1000) * this.#perSecond)
    const isFollowed = this.#tokens >= 1
    if (isFollowed) this.#tokens--
    this.#remember(id, isFollowed)
    return isFollowed
  }

  #remember(id: string, isFollowed: boolean): void {
    this.#choices.set(id, isFollowed)
    if (this.#choices.size <= liveDefaults.choicesMax) return
    const [oldest] = this.#choices.keys()
    if (oldest !== undefined) this.#choices.delete(oldest)
  }
}
