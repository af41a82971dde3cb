// The runtime of a node in virtual time. Whatever is the same on every node is done once: a signature that one node
// verified is not verified again by another.
import { sha256, verifySignature } from '../../crypto/index.ts'
import {
  type Interner,
  noInterner,
  type Runtime,
  type SignatureCheck,
  seededRandom,
  silentLogger,
  timersFrom,
  type Verifier
} from '../../runtime/index.ts'
import { toHex } from '../../wire/index.ts'
import type { Scheduler } from './scheduler.ts'

/** Signatures whose verdict is remembered; far above what is in flight at a time. */
const VERDICTS_MAX = 200_000

/** Verifies at once, on this thread: in virtual time nobody waits for it. */
export class RememberingVerifier implements Verifier {
  readonly #verdicts = new Map<string, boolean>()

  async verify(check: SignatureCheck): Promise<boolean> {
    // The signature alone would not do: the same one under another message is another question.
    const key = toHex(sha256(Buffer.concat([check.publicKey, check.signature, check.message])))
    const known = this.#verdicts.get(key)
    if (known !== undefined) return known
    const verdict = verifySignature(check.publicKey, check.message, check.signature)
    if (this.#verdicts.size >= VERDICTS_MAX) this.#verdicts.clear()
    this.#verdicts.set(key, verdict)
    return verdict
  }

  async verifyAll(checks: readonly SignatureCheck[]): Promise<boolean> {
    for (const check of checks) if (!(await this.verify(check))) return false
    return true
  }
}

/** `seed` is this node's own. */
export function virtualRuntime(
  scheduler: Scheduler,
  verifier: Verifier,
  seed: string,
  interner: Interner = noInterner
): Runtime {
  const random = seededRandom(seed)
  const entropy = random.fork('entropy')
  return {
    clock: { now: () => scheduler.now },
    timers: timersFrom({
      after: (ms, fn) => scheduler.after(ms, fn),
      every: (ms, fn) => scheduler.every(ms, fn)
    }),
    random,
    // Keys and salts of a simulation need not be secret, but must be the same the next time.
    entropy: { bytes: (length) => Uint8Array.from({ length }, () => entropy.int(256)) },
    verifier,
    logger: silentLogger,
    interner,
    yield: () => new Promise((resolve) => void scheduler.after(0, resolve))
  }
}
