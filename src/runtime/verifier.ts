// ed25519 verification in libuv's thread pool: node:crypto's callback form checks about twice as many signatures a
// second on two cores as the main thread can, and leaves the event loop free. Rules of validity are OpenSSL's.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { isSmallOrder } from './small-order.ts'
import type { SignatureCheck, Verifier } from './types.ts'

/** Checks handed to the pool at once. More would only queue inside libuv, where an urgent one can't overtake. */
const IN_FLIGHT_MAX = 64
/** Imported keys kept. A key costs about 10 µs to import and 300 B to keep. */
const KEYS_MAX = 16_384

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Imports raw ed25519 keys, remembering the most recent `KEYS_MAX`. */
class KeyCache {
  readonly #keys = new Map<string, KeyObject>()

  get(raw: Uint8Array): KeyObject {
    const id = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
    const held = this.#keys.get(id)
    if (held !== undefined) return held
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
    if (this.#keys.size >= KEYS_MAX) {
      const oldest = this.#keys.keys().next().value
      if (oldest !== undefined) this.#keys.delete(oldest)
    }
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
  readonly #urgent: Job[] = []
  readonly #ordinary: Job[] = []
  #urgentHead = 0
  #ordinaryHead = 0
  #inFlight = 0

  verify(check: SignatureCheck, urgent = false): Promise<boolean> {
    return new Promise((settle) => {
      ;(urgent ? this.#urgent : this.#ordinary).push({ check, settle })
      this.#pump()
    })
  }

  async verifyAll(checks: readonly SignatureCheck[], urgent = false): Promise<boolean> {
    // Windows instead of one Promise.all: a bad signature early in a batch must not cost the whole batch.
    for (let start = 0; start < checks.length; start += IN_FLIGHT_MAX) {
      const window = checks.slice(start, start + IN_FLIGHT_MAX)
      const results = await Promise.all(window.map((check) => this.verify(check, urgent)))
      if (results.includes(false)) return false
    }
    return true
  }

  #pump(): void {
    while (this.#inFlight < IN_FLIGHT_MAX) {
      const job = this.#take()
      if (job === undefined) return
      this.#start(job)
    }
  }

  #take(): Job | undefined {
    if (this.#urgentHead < this.#urgent.length) {
      const job = this.#urgent[this.#urgentHead++]
      if (this.#urgentHead === this.#urgent.length) this.#urgentHead = this.#urgent.length = 0
      return job
    }
    const job = this.#ordinary[this.#ordinaryHead++]
    if (this.#ordinaryHead >= this.#ordinary.length) this.#ordinaryHead = this.#ordinary.length = 0
    return job
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
    this.#inFlight++
    verify(null, check.message, key, check.signature, (error, valid) => {
      this.#inFlight--
      settle(error == null && valid)
      this.#pump()
    })
  }
}
