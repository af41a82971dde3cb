// The moment that is shown, against the moment that is: following live, in slow motion while a block spreads, paused,
// or a replay. Pure: frames bring the time that passed.
import type { LiveItem, Timeline } from '../../api/client/index.ts'

/** Updates come in batches: showing the network this much late shows it smoothly, ms. */
const DELAY_MS = 200
/** In slow motion a block's wave takes at least this long on the screen, ms. */
const WAVE_MS = 1_600
/** A replay takes its time: it was asked for. */
const REPLAY_MS = 3_200
/** Behind by more than this, waves are skipped, ms. */
const BEHIND_MAX_MS = 4_000
/** How fast the network's time passes between waves, to make up for them. */
const CATCH_UP = 12
/** After the last arrival, in screen time, ms. */
const TAIL_MS = 500
const GLOW_MS = 700
/** A wave over in no time is shown at this rate: standing still is not seeing. */
const SLOWEST = 1 / 400

interface Replay {
  readonly item: LiveItem
  /** Go on live when it is over. */
  readonly resume: boolean
}

export class Playback {
  /** The moment shown, ms since the epoch. */
  at = Number.NaN
  /** Network time over screen time. */
  rate = 1
  /** The newest moment is what is shown. */
  isLive = true
  isPaused = false
  /** Waves of blocks are slowed down so that they can be seen. */
  isSlow = true
  /** Network time over screen time between waves, where not live. */
  speed = 1
  #replay: Replay | undefined

  /** How long glows last in the network's time. */
  get glowMs(): number {
    return GLOW_MS * Math.min(1, this.rate)
  }

  /** Only this item is shown, while it is replayed. */
  get replaying(): string | undefined {
    return this.#replay?.item.id
  }

  /** `liveAt`: the network's time now. */
  advance(timeline: Timeline, liveAt: number, passedMs: number): void {
    if (Number.isNaN(this.at)) this.at = this.isLive ? liveAt - DELAY_MS : liveAt
    // Whoever stays at a moment until it is forgotten is taken along: before it nothing is known.
    if (!this.isLive && this.#replay === undefined) this.at = Math.max(this.at, timeline.from)
    if (this.isPaused) {
      // What is scrubbed over glows as long as it would if time went on.
      this.rate = this.#waveRate(timeline, 1)
      return
    }
    if (this.#replay !== undefined) this.#advanceReplay(this.#replay, passedMs)
    else if (this.isLive) this.#follow(timeline, liveAt - DELAY_MS, passedMs)
    else {
      this.rate = this.#waveRate(timeline, this.speed)
      this.at = Math.min(liveAt, this.at + passedMs * this.rate)
    }
  }

  /** Shows a moment and stays there until time is let go. */
  seek(at: number): void {
    this.#replay = undefined
    this.at = at
    this.isLive = false
    this.isPaused = true
  }

  /** To the beginning of the wave before or after, which then goes on. */
  step(timeline: Timeline, by: -1 | 1): void {
    const starts = [...timeline.blocks.values()].flatMap((block) => (block.isPublished ? [block.at] : []))
    const ascending = starts.sort((a, b) => a - b)
    const next =
      by > 0 ? ascending.find((start) => start > this.at + 1) : ascending.findLast((start) => start < this.at - 300)
    if (next === undefined) return
    this.seek(next)
    this.isPaused = false
  }

  live(): void {
    this.#replay = undefined
    this.isLive = true
    this.isPaused = false
    this.at = Number.NaN
  }

  /** Stops at the moment that is shown, or goes on from it; from the end, from the beginning. */
  toggle(timeline: Timeline): void {
    this.isPaused = !this.isPaused && (this.isLive || this.at < timeline.now)
    this.isLive = false
    if (!this.isPaused && this.at >= timeline.now) this.at = timeline.from
  }

  /** Shows one item's way from its beginning. */
  replay(item: LiveItem): void {
    const resume = this.#replay?.resume ?? this.isLive
    this.#replay = { item, resume }
    this.at = item.at
    this.isLive = false
    this.isPaused = false
  }

  #advanceReplay({ item, resume }: Replay, passedMs: number): void {
    const lasts = waveMs(item)
    this.rate = Math.min(1, Math.max(SLOWEST, lasts / REPLAY_MS))
    this.at += passedMs * this.rate
    if (this.at < item.at + lasts + TAIL_MS * this.rate) return
    this.#replay = undefined
    if (resume) this.live()
    else this.isPaused = true
  }

  #follow(timeline: Timeline, target: number, passedMs: number): void {
    const behind = target - this.at
    if (behind > BEHIND_MAX_MS || behind < -BEHIND_MAX_MS) {
      this.at = this.isSlow ? lastWave(timeline, this.at, target) : target
      this.rate = 1
      return
    }
    if (this.isSlow) {
      const next = nextWave(timeline, this.at)
      this.rate = this.#waveRate(timeline, behind > passedMs * 2 ? CATCH_UP : 1)
      // Not over the beginning of the next wave.
      const step = Math.min(passedMs * this.rate, Math.max(0.001, (next ?? Number.POSITIVE_INFINITY) - this.at + 0.001))
      this.at = Math.min(this.at + step, Math.max(target, this.at))
    } else {
      this.rate = 1
      this.at = Math.min(Math.max(target, this.at), this.at + passedMs * (behind > 400 ? 4 : 1))
    }
  }

  /** Slow while a block spreads, `otherwise` between. */
  #waveRate(timeline: Timeline, otherwise: number): number {
    if (!this.isSlow) return otherwise
    for (const block of waves(timeline)) {
      if (this.at < block.at || this.at > block.at + block.spreadMs + TAIL_MS) continue
      const lasts = waveMs(block)
      const rate = Math.min(1, Math.max(SLOWEST, lasts / WAVE_MS))
      if (this.at <= block.at + lasts + TAIL_MS * rate) return rate
    }
    return otherwise
  }
}

/** Who gets an item after a longer silence than this fetched it, after a cut or an absence: its wave was over, ms. */
const SILENCE_MS = 2_000

/** From its beginning until the last of those that it reached in one go had it. */
function waveMs({ at, holders, arrivedAt }: LiveItem): number {
  let end = at
  for (const node of holders) {
    const next = arrivedAt[node] ?? at
    if (next - end > SILENCE_MS) break
    end = Math.max(end, next)
  }
  return end - at
}

function waves({ blocks }: Timeline): LiveItem[] {
  return [...blocks.values()].filter((block) => block.isPublished && block.holders.length > 1)
}

function nextWave(timeline: Timeline, at: number): number | undefined {
  const starts = waves(timeline)
    .map((block) => block.at)
    .filter((start) => start > at)
  return starts.length === 0 ? undefined : Math.min(...starts)
}

/** The beginning of the newest wave between two moments, or the later one. */
function lastWave(timeline: Timeline, from: number, to: number): number {
  const starts = waves(timeline)
    .map((block) => block.at)
    .filter((start) => start > from && start < to)
  return starts.length === 0 ? to : Math.max(...starts)
}
