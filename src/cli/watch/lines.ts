// The same network as lines, where nobody looks at a terminal: a line for each block, fault and change of agreement.
import type { LiveItem, Timeline } from '../../api/client/index.ts'
import { coverageAt, heldAt, type Happened, happenedAt, networkAt } from '../../dashboard/index.ts'
import { shortHash } from '../../report/index.ts'
import { count, timeOfDay } from '../format.ts'
import { plain } from './fit.ts'

/** A block that did not reach everybody in this time gets its line all the same, ms. */
const PATIENCE_MS = 3_000
/** Lines of one kind that are looked for at a time. */
const HAPPENED_MAX = 50
/** Blocks, and what happened, whose line was given. */
const TOLD_MAX = 4_096

/** `at` is when it happened, ms since the epoch: of a block, when it was sealed. */
export type WatchLine =
  | {
      readonly type: 'block'
      readonly at: number
      readonly height: number
      readonly hash: string
      readonly by: string
      readonly transactions: number
      readonly t50_ms: number | null
      readonly t95_ms: number | null
      readonly t100_ms: number | null
      readonly holders: number
      readonly nodes: number
    }
  | {
      /** `now`: lines above it are of what was before somebody began to watch. */
      readonly type: 'now' | 'agreement'
      readonly at: number
      readonly height: number
      readonly agreed: number
      readonly up: number
      readonly branches: number
    }
  | { readonly type: 'happened'; readonly at: number; readonly text: string }

export class WatchLines {
  readonly #told = new Set<string>()
  #branches = 1
  #isFirst = true

  /** What is new since the last time, in the order in which it was; first of all what there is to tell of the past. */
  next(timeline: Timeline): WatchLine[] {
    const isFirst = this.#isFirst
    this.#isFirst = false
    const lines = [...this.#happened(timeline), ...this.#blocks(timeline)].sort((a, b) => a.at - b.at)
    return [...lines, ...this.#agreement(timeline, isFirst)]
  }

  #blocks(timeline: Timeline): WatchLine[] {
    const due = [...timeline.blocks.values()].filter((block) => block.isPublished && !this.#told.has(block.id))
    return due.flatMap((block) => {
      const { nodes, holders } = heldAt(timeline, block)
      if (holders < nodes && timeline.now - block.at < PATIENCE_MS) return []
      this.#tell(block.id)
      return [blockLine(timeline, block)]
    })
  }

  #agreement(timeline: Timeline, isFirst: boolean): WatchLine[] {
    const { now: at } = timeline
    const { agreed, up, branches, height } = networkAt(timeline, at)
    // One branch again, but not everybody has come to its end: that is no agreement yet.
    const isNews = branches !== this.#branches && (branches > 1 || agreed === up)
    if (!isFirst && !isNews) return []
    this.#branches = branches
    return [{ type: isFirst ? 'now' : 'agreement', at, height, agreed, up, branches }]
  }

  #happened(timeline: Timeline): WatchLine[] {
    // Processes tell in batches: what was told later may have happened before.
    const fresh = happenedAt(timeline, timeline.now, HAPPENED_MAX).filter(({ key }: Happened) => !this.#told.has(key))
    return fresh.map(({ key, at, text }) => {
      this.#tell(key)
      return { type: 'happened', at, text }
    })
  }

  #tell(key: string): void {
    this.#told.add(key)
    const [oldest] = this.#told
    if (this.#told.size > TOLD_MAX && oldest !== undefined) this.#told.delete(oldest)
  }
}

function blockLine(timeline: Timeline, block: LiveItem): WatchLine {
  const { t50, t95, t100 } = coverageAt(timeline, block)
  const { holders, nodes } = heldAt(timeline, block)
  return {
    type: 'block',
    at: block.at,
    height: block.height ?? 0,
    hash: block.id,
    by: timeline.run?.nodes[block.origin] ?? '?',
    transactions: block.transactions ?? 0,
    t50_ms: hundredths(t50),
    t95_ms: hundredths(t95),
    t100_ms: hundredths(t100),
    holders,
    nodes
  }
}

/** As exact as arrivals are told: a difference of two moments has digits that mean nothing. */
function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100
}

/** `03:12:45  #12 9f3ac1 by n4  38 tx  t50 4.1  t95 9  all 11 ms  10/10` */
export function lineText(line: WatchLine): string {
  return plain(`${timeOfDay(line.at)}  ${textOf(line)}`)
}

function textOf(line: WatchLine): string {
  switch (line.type) {
    case 'block': {
      const ms = (value: number | null): string =>
        value === null ? '–' : value < 10 ? value.toFixed(1) : String(Math.round(value))
      const times = `t50 ${ms(line.t50_ms)}  t95 ${ms(line.t95_ms)}  all ${ms(line.t100_ms)} ms`
      return `#${line.height} ${shortHash(line.hash)} by ${line.by}  ${line.transactions} tx  ${times}  ${line.holders}/${line.nodes}`
    }
    case 'now':
      return `now: height ${count(line.height)}, ${line.agreed}/${line.up} agree, ${line.branches === 1 ? 'one branch' : `${line.branches} branches`}`
    case 'agreement':
      return line.branches === 1
        ? `agreed again: ${line.agreed}/${line.up}`
        : `${line.branches} branches: ${line.agreed}/${line.up} on the largest`
    case 'happened':
      return line.text
  }
}
