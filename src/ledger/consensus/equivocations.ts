// Watches for sealers that fill one slot twice. Both headers are valid alone, so fork choice decides between them;
// the pair is evidence for the operator.
import type { SealedHeader } from '../../wire/index.ts'
import type { Equivocation } from './types.ts'

export class EquivocationWatch {
  readonly #maxSlots: number
  /** `slot producer` → the first header seen for it, or `reported`. */
  readonly #seen = new Map<string, SealedHeader | 'reported'>()

  /** At the limit the slot seen first is forgotten. */
  constructor(maxSlots: number) {
    this.#maxSlots = maxSlots
  }

  /** Evidence, the first time that `header` is another for a slot its sealer filled already. */
  observe(header: SealedHeader, slot: number): Equivocation | undefined {
    const key = `${slot} ${header.producer}`
    const first = this.#seen.get(key)
    if (first === undefined) {
      this.#seen.set(key, header)
      if (this.#seen.size > this.#maxSlots) this.#forgetOldest()
      return undefined
    }
    if (first === 'reported' || first.hash === header.hash) return undefined
    this.#seen.set(key, 'reported')
    return { producer: header.producer, slot, first, second: header }
  }

  #forgetOldest(): void {
    for (const key of this.#seen.keys()) {
      this.#seen.delete(key)
      return
    }
  }
}
