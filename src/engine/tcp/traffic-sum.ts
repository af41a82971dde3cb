// What all nodes have sent, as of moments that every one of them is known at. Processes answer at different times, and
// some late: adding what happens to be known would show the bytes of a late one as a leap, later and all at once.
import { tcpEngineDefaults } from '../../config/index.ts'
import type { TrafficByKind } from '../../trace/index.ts'

export interface Reading {
  readonly name: string
  /** The node's clock when it was read. */
  readonly at: number
  readonly sent: TrafficByKind
}

interface Known {
  at: number
  sent: TrafficByKind
  /** Rounds in a row without an answer. */
  missed: number
}

/** Then its counters stand still until it answers. */
const MISSED_MAX = tcpEngineDefaults.silentMeasuresMax

const NOTHING: TrafficByKind = { block: 0, transaction: 0, control: 0, repair: 0, membership: 0 }

export class TrafficSum {
  readonly #nodes = new Map<string, Known>()
  /** Of lives that ended; less what was sent in a silence too long to say when. */
  #others: TrafficByKind
  #at = Number.NEGATIVE_INFINITY

  /** `before`: what nodes that ended before the first reading had sent. */
  constructor(before: TrafficByKind = NOTHING) {
    this.#others = before
  }

  /**
   * Takes the answers of one round. The sum at the latest moment that all `running` nodes are known at; undefined while
   * one of them is waited for: the next sum then covers that time.
   */
  add(readings: readonly Reading[], running: readonly string[]): { at: number; sent: TrafficByKind } | undefined {
    const before = new Map([...this.#nodes].map(([name, { at, sent }]) => [name, { at, sent }]))
    for (const known of this.#nodes.values()) known.missed++
    for (const reading of readings) this.#take(reading, before)
    const waited = running.some((name) => {
      const known = this.#nodes.get(name)
      return known !== undefined && known.missed > 0 && known.missed <= MISSED_MAX
    })
    const at = Math.min(...readings.map((reading) => reading.at))
    if (waited || !Number.isFinite(at) || at <= this.#at) return undefined
    this.#at = at
    let sent = this.#others
    for (const [name, known] of this.#nodes) {
      const from = before.get(name) ?? known
      const share = known.at > from.at ? Math.min(1, Math.max(0, (at - from.at) / (known.at - from.at))) : 1
      sent = combine(
        sent,
        combine(from.sent, known.sent, (a, b) => a + (b - a) * share)
      )
    }
    return { at, sent: combine(sent, NOTHING, Math.round) }
  }

  /** `before` is what is known of the last round, as of this life. */
  #take({ name, at, sent }: Reading, before: Map<string, { at: number; sent: TrafficByKind }>): void {
    const known = this.#nodes.get(name)
    if (known !== undefined) {
      const isAgain = Object.keys(sent).some(
        (kind) => sent[kind as keyof TrafficByKind] < known.sent[kind as keyof TrafficByKind]
      )
      if (isAgain) {
        this.#others = combine(this.#others, known.sent)
        before.set(name, { at: known.at, sent: NOTHING })
      } else if (known.missed > MISSED_MAX + 1) {
        this.#others = combine(
          this.#others,
          combine(known.sent, sent, (a, b) => a - b)
        )
        before.set(name, { at: known.at, sent })
      }
    }
    this.#nodes.set(name, { at, sent, missed: 0 })
  }
}

function combine(
  a: TrafficByKind,
  b: TrafficByKind,
  by: (a: number, b: number) => number = (x, y) => x + y
): TrafficByKind {
  return {
    block: by(a.block, b.block),
    transaction: by(a.transaction, b.transaction),
    control: by(a.control, b.control),
    repair: by(a.repair, b.repair),
    membership: by(a.membership, b.membership)
  }
}
