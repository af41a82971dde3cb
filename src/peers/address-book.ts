// Addresses worth dialling, with what came of it: after each failure an address waits twice as long, and a random
// half more or less, so that a restarted network does not dial in step. Pure: time and chance are passed in.
import { peerDefaults } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import { peerOf } from './address.ts'

export interface KnownAddress {
  /** Multiaddr with its /p2p/ part. */
  readonly address: string
  readonly peer: string
  /** Named by the user: never forgotten. */
  readonly pinned: boolean
  readonly failures: number
  /** Not before this time, ms. */
  readonly nextDialAt: number
}

export class AddressBook {
  readonly #byAddress = new Map<string, KnownAddress>()

  /** Remembers an address. At the limit the unpinned address that failed most is forgotten. */
  add(address: string, pinned: boolean): void {
    const peer = peerOf(address)
    if (peer === undefined || this.#byAddress.has(address)) return
    this.#byAddress.set(address, { address, peer, pinned, failures: 0, nextDialAt: 0 })
    if (this.#byAddress.size > peerDefaults.addressBookMax) this.#forgetWorst()
  }

  /** At most `limit` addresses to dial now: those that may be dialled, and whose wait is over. */
  due(now: number, isFree: (known: KnownAddress) => boolean, limit: number): KnownAddress[] {
    const due: KnownAddress[] = []
    for (const known of this.#byAddress.values()) {
      if (due.length >= limit) break
      if (known.nextDialAt <= now && isFree(known)) due.push(known)
    }
    return due
  }

  succeeded(address: string): void {
    const known = this.#byAddress.get(address)
    if (known !== undefined) this.#byAddress.set(address, { ...known, failures: 0, nextDialAt: 0 })
  }

  failed(address: string, now: number, random: Random): void {
    const known = this.#byAddress.get(address)
    if (known === undefined) return
    const failures = known.failures + 1
    const wait = Math.min(peerDefaults.backoffMaxMs, peerDefaults.backoffMs * 2 ** (failures - 1))
    this.#byAddress.set(address, { ...known, failures, nextDialAt: now + wait * (0.5 + random.next()) })
  }

  isPinned(address: string): boolean {
    return this.#byAddress.get(address)?.pinned === true
  }

  /** Addresses to keep across restarts. */
  unpinned(): string[] {
    return [...this.#byAddress.values()].filter(({ pinned }) => !pinned).map(({ address }) => address)
  }

  #forgetWorst(): void {
    let worst: KnownAddress | undefined
    for (const known of this.#byAddress.values()) {
      if (!known.pinned && known.failures >= (worst?.failures ?? 0)) worst = known
    }
    if (worst !== undefined) this.#byAddress.delete(worst.address)
  }
}
