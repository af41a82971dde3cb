// Bodies on their way in, of all catch-ups together: which were asked of whom, which are here and wait for the one before
// them, which are being imported. Each is asked of one peer, of another only when that one is slow, and imported in the
// order of its chain, so that nothing is written beside the chain first.
import { syncDefaults } from '../config/index.ts'
import type { BlockIntake } from '../relay/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { DeliveredVia } from '../trace/index.ts'
import type { Block, Hex } from '../wire/index.ts'

export interface BodiesComponents {
  readonly intake: BlockIntake
  readonly runtime: Runtime
  /** Gossip is about to bring this block, so that it need not be asked for now. */
  readonly isComing: (hash: Hex) => boolean
  /** A block came with a compact form, which nobody has checked. */
  readonly onCompact: (block: Block, compact: Uint8Array) => void
}

/** Who was asked. */
export interface Source {
  /** When it last brought something new, ms since the epoch. */
  readonly lastNewsAt: number
}

export interface ReceivedBody {
  readonly block: Block
  /** Empty when it came without. */
  readonly compact: Uint8Array
  readonly from: string
  readonly via: DeliveredVia
}

interface Held extends ReceivedBody {
  readonly done: PromiseWithResolvers<void>
}

export class Bodies {
  readonly #components: BodiesComponents
  /** Bodies under way: when each was asked for, and of whom. Bounded by catch-ups times `blocksMax`. */
  readonly #asked = new Map<Hex, { readonly at: number; readonly source: Source }>()
  /** Here, and behind one that is not. Bounded by `heldMaxBytes` and what is under way. */
  readonly #held = new Map<Hex, Held>()
  /** The same by the body before them. */
  readonly #behind = new Map<Hex, Held[]>()
  #heldBytes = 0
  /** Here, for the next free place. */
  readonly #ready: Held[] = []
  /** Being checked or imported; settled when the importer has them, or never will. */
  readonly #importing = new Map<Hex, Promise<unknown>>()
  readonly #sleepers = new Set<() => void>()
  #imported = 0

  constructor(components: BodiesComponents) {
    this.#components = components
  }

  /**
   * What of `path`, which begins with a body that is not here, may be asked for now, lowest first. Nothing too far ahead
   * of its beginning: that would have to be kept until all before it is here.
   */
  pick(path: readonly Hex[], from: number): Hex[] {
    const { blocksMax, aheadMax, heldMaxBytes } = syncDefaults
    const { isComing } = this.#components
    const end = Math.min(path.length, from + (this.#heldBytes < heldMaxBytes ? aheadMax : blocksMax))
    const choose = (isFree: (hash: Hex) => boolean): Hex[] => {
      const chosen: Hex[] = []
      for (let i = from; i < end && chosen.length < blocksMax; i++) {
        const hash = path[i]
        // The cheapest question first: most of what is near was asked for.
        if (hash !== undefined && isFree(hash) && !this.#isHere(hash) && !isComing(hash)) chosen.push(hash)
      }
      return chosen
    }
    const free = choose((hash) => !this.#isAsked(hash, syncDefaults.stallMs))
    // Nothing else to do: what somebody is slow to bring may be asked for twice.
    return free.length > 0 ? free : choose((hash) => this.#isOverdue(hash))
  }

  onAsked(hashes: readonly Hex[], source: Source): void {
    const at = this.#components.runtime.clock.now()
    for (const hash of hashes) this.#asked.set(hash, { at, source })
  }

  /** No more comes of what this source was asked. */
  onAnswered(hashes: readonly Hex[], source: Source): void {
    for (const hash of hashes) if (this.#asked.get(hash)?.source === source) this.#asked.delete(hash)
    this.#wake()
  }

  /** Resolves when it is imported, or will not be for want of one before it. Rejects with what is wrong with it. */
  take(received: ReceivedBody): Promise<void> {
    const { hash, parent } = received.block.header
    if (this.#isHere(hash)) return Promise.resolve()
    const held: Held = { ...received, done: Promise.withResolvers() }
    // Whoever asked for it may be gone.
    held.done.promise.catch(() => {})
    this.#held.set(hash, held)
    this.#heldBytes += sizeOf(held)
    const siblings = this.#behind.get(parent)
    if (siblings === undefined) this.#behind.set(parent, [held])
    else siblings.push(held)
    if (this.#isOnItsWay(parent)) this.#ready.push(held)
    this.#pump()
    return held.done.promise
  }

  /** Resolves after `ms`, or before, when there may be something to ask for. Rejects with the signal's reason. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const timer = this.#components.runtime.timers.after(ms, wake)
    this.#sleepers.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    await promise
    timer.cancel()
    this.#sleepers.delete(wake)
    signal.removeEventListener('abort', wake)
    signal.throwIfAborted()
  }

  /** Bodies may have come another way: whatever waited for them is imported. */
  look(): void {
    for (const [parent, held] of this.#behind) if (this.#isOnItsWay(parent)) this.#ready.push(...held)
    this.#pump()
  }

  /** Nobody fetches any more: what waits for others waits in vain. */
  clear(): void {
    this.#ready.length = 0
    for (const held of [...this.#held.values()]) this.#drop(held)
  }

  #isHere(hash: Hex): boolean {
    return this.#held.has(hash) || this.#isOnItsWay(hash)
  }

  #isOnItsWay(hash: Hex): boolean {
    return this.#importing.has(hash) || this.#components.intake.hasBody(hash)
  }

  #isAsked(hash: Hex, ms: number): boolean {
    const asked = this.#asked.get(hash)
    return asked !== undefined && this.#components.runtime.clock.now() - asked.at <= ms
  }

  #isOverdue(hash: Hex): boolean {
    const asked = this.#asked.get(hash)
    if (asked === undefined) return true
    return this.#components.runtime.clock.now() - Math.max(asked.at, asked.source.lastNewsAt) > syncDefaults.slowMs
  }

  #pump(): void {
    while (this.#importing.size < syncDefaults.importsInFlightMax) {
      const held = this.#ready.shift()
      if (held === undefined) return
      const { hash } = held.block.header
      if (!this.#forget(held)) continue
      const imported = this.#import(held)
      imported.then(held.done.resolve, (error) => {
        held.done.reject(error)
        this.#dropAfter(hash)
      })
    }
  }

  async #import({ block, compact, from, via }: Held): Promise<void> {
    const { intake, onCompact } = this.#components
    const { hash, parent } = block.header
    const offered = intake.offer(block, { from, via, lane: 'sync', after: this.#importing.get(parent) })
    this.#importing.set(
      hash,
      offered.catch(() => {})
    )
    try {
      // Those that wait for it may follow at once: they are imported after it.
      this.#ready.push(...(this.#behind.get(hash) ?? []))
      const outcome = await offered
      if (outcome.status !== 'checked' && outcome.status !== 'known') throw new UnplacedError(hash, outcome.status)
      if (outcome.status === 'checked' && compact.length > 0) onCompact(block, compact)
      await outcome.imported
    } finally {
      this.#importing.delete(hash)
      if (++this.#imported % syncDefaults.blocksMax === 0) this.#wake()
      this.#pump()
    }
  }

  /** False when it was forgotten before. */
  #forget(held: Held): boolean {
    const { hash, parent } = held.block.header
    if (!this.#held.delete(hash)) return false
    this.#heldBytes -= sizeOf(held)
    const others = this.#behind.get(parent)?.filter((other) => other !== held) ?? []
    if (others.length > 0) this.#behind.set(parent, others)
    else this.#behind.delete(parent)
    return true
  }

  #drop(held: Held): void {
    if (this.#forget(held)) held.done.resolve()
  }

  /** What was to follow a block that is none would wait for ever. */
  #dropAfter(hash: Hex): void {
    const lost = [hash]
    for (const parent of lost) {
      for (const held of this.#behind.get(parent) ?? []) {
        lost.push(held.block.header.hash)
        this.#drop(held)
      }
    }
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake()
  }
}

function sizeOf({ block, compact }: ReceivedBody): number {
  return block.bytes.length + compact.length
}

/** A body that could not be placed: its header is gone, too early, or there is no room. Not its sender's fault. */
class UnplacedError extends Error {
  readonly code = 'unplaced'
  constructor(hash: Hex, status: string) {
    super(`block ${hash} could not be placed: ${status}`)
    this.name = 'UnplacedError'
  }
}
