// ed25519 verification in libuv's thread pool: node:crypto's callback form checks about twice as many signatures a
// second on two cores as the main thread can, and leaves the event loop free. Rules of validity: see crypto/ed25519.ts.
import { type KeyObject, verify } from 'node:crypto'
import { Fifo } from './fifo.ts'
import { IN_FLIGHT_MIN, InFlight } from './in-flight.ts'
import { importPublicKey } from './public-key.ts'
import { RecentMap } from './recent-map.ts'
import { isSmallOrder } from './small-order.ts'
import type { SignatureCheck, Verifier } from './types.ts'

/** Imported keys kept. A key costs about 12 µs to import and 300 B to keep. */
const KEYS_MAX = 16_384

/** Imports raw ed25519 keys, remembering the most recent `KEYS_MAX`. */
class KeyCache {
  readonly #keys = new RecentMap<string, KeyObject>(KEYS_MAX)

  get(raw: Uint8Array): KeyObject {
    const id = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
    const held = this.#keys.get(id)
    if (held !== undefined) return held
    const key = importPublicKey(raw)
    this.#keys.set(id, key)
    return key
  }
}

interface Job {
  readonly check: SignatureCheck
  readonly settle: (valid: boolean) => void
}

export class PoolVerifier implements Verifier {
  readonly #keys = new KeyCache()
  readonly #urgent = new Fifo<Job>()
  readonly #ordinary = new Fifo<Job>()
  readonly #inFlight = new InFlight()

  verify(check: SignatureCheck, urgent = false): Promise<boolean> {
    return this.verifyAll([check], urgent)
  }

  /** Queues only as many as the pool takes at once: a bad signature early in a batch must not cost the whole batch. */
  verifyAll(checks: readonly SignatureCheck[], urgent = false): Promise<boolean> {
    return new Promise((resolve) => {
      const jobs = urgent ? this.#urgent : this.#ordinary
      let next = 0
      let open = checks.length
      const queueNext = (): void => {
        const check = checks[next++]
        if (check !== undefined) jobs.push({ check, settle })
      }
      const settle = (valid: boolean): void => {
        if (!valid) {
          next = checks.length
          resolve(false)
        } else if (--open === 0) resolve(true)
        else queueNext()
      }
      if (open === 0) resolve(true)
      while (next < Math.min(checks.length, IN_FLIGHT_MIN)) queueNext()
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#inFlight.hasRoom) {
      const job = this.#urgent.shift() ?? this.#ordinary.shift()
      if (job === undefined) return
      this.#start(job)
    }
  }

  #key(raw: Uint8Array): KeyObject | undefined {
    try {
      return this.#keys.get(raw)
    } catch {
      return undefined
    }
  }

  #start({ check, settle }: Job): void {
    // The key, and the commitment that starts the signature.
    const key = isSmallOrder(check.publicKey) || isSmallOrder(check.signature) ? undefined : this.#key(check.publicKey)
    if (key === undefined) {
      settle(false)
      return
    }
    this.#inFlight.give()
    verify(null, check.message, key, check.signature, (error, valid) => {
      if (this.#inFlight.done()) setImmediate(() => this.#inFlight.endTurn())
      settle(error == null && valid)
      this.#pump()
    })
  }
}
