// The live feed of a run: takes updates from a combiner ten times a second, keeps the timeline for those who come
// later and the last updates for those who fell behind. One for all readers, whatever their number and speed.
import { LIVE_LIMITS, liveDefaults, type TimelineLimits } from '../../config/index.ts'
import type { Clock, TimerHandle, Timers } from '../../runtime/index.ts'
import type { Combiner } from './combiner.ts'
import { Timeline } from './timeline.ts'
import type { Update } from './types.ts'

/** What readers are served from. */
export interface Feed {
  /** Everything, for a reader that begins. */
  snapshot(): readonly Update[]
  /** What came after update `seq`; undefined when that is no longer known, and everything is needed again. */
  since(seq: number): readonly Update[] | undefined
  /** Calls the reader after every update until the returned function is called. */
  subscribe(reader: () => void): () => void
}

/** The feed of a run that has ended: all there is, and nothing more comes. */
export function endedFeed(timeline: Timeline): Feed {
  const updates = timeline.snapshot()
  return {
    snapshot: () => updates,
    since: (seq) => (seq === timeline.seq ? [] : undefined),
    subscribe: () => () => {}
  }
}

export interface LiveFeedInit {
  readonly combiner: Combiner
  readonly clock: Clock
  readonly timers: Pick<Timers, 'every'>
  readonly limits?: TimelineLimits
  /** Told when the first reader comes and the last one leaves: what costs something is done for readers only. */
  readonly onReaders?: (some: boolean) => void
}

export class LiveFeed implements Feed {
  readonly timeline: Timeline
  readonly #init: LiveFeedInit
  readonly #backlog: Update[] = []
  readonly #readers = new Set<() => void>()
  readonly #ticking: TimerHandle
  /** Until the next update one for all who need it: late or slow readers cost one, however many they are. */
  #snapshot: readonly Update[] | undefined

  constructor(init: LiveFeedInit) {
    this.#init = init
    this.timeline = new Timeline(init.limits ?? LIVE_LIMITS)
    this.#ticking = init.timers.every(liveDefaults.updateEveryMs, () => this.flush())
  }

  snapshot(): readonly Update[] {
    this.#snapshot ??= this.timeline.snapshot()
    return this.#snapshot
  }

  since(seq: number): readonly Update[] | undefined {
    const missed = this.timeline.seq - seq
    if (missed < 0 || missed > this.#backlog.length) return undefined
    return missed === 0 ? [] : this.#backlog.slice(-missed)
  }

  subscribe(reader: () => void): () => void {
    this.#readers.add(reader)
    if (this.#readers.size === 1) this.#init.onReaders?.(true)
    return () => {
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#init.onReaders?.(false)
    }
  }

  /** What has come until now is told now. */
  flush(): void {
    const update = this.#init.combiner.take(this.#init.clock.now())
    if (update === undefined) return
    this.#snapshot = undefined
    this.timeline.apply(update)
    this.#backlog.push(update)
    if (this.#backlog.length > liveDefaults.backlogMax) this.#backlog.shift()
    for (const reader of this.#readers) reader()
  }

  /** Tells what is left, then nothing more. */
  stop(): void {
    this.#ticking.cancel()
    this.flush()
  }
}
