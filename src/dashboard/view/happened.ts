// What a person may want to hear of, newest first: faults, reorganisations, refusals, bans, nodes that ended.
import type { RemarkChange, Timeline } from '../../api/client/index.ts'
import { faultText } from './faults.ts'

export interface Happened {
  readonly at: number
  readonly text: string
  readonly tone: '' | 'good' | 'warn' | 'bad'
}

const GOOD = new Set(['heal', 'start', 'resume', 'restore'])

export function happenedAt(timeline: Timeline, at: number, limit: number): Happened[] {
  const names = timeline.run?.nodes ?? []
  const nameOf = (node: number): string => names[node] ?? '?'
  const faults = timeline.faults.map((fault): Happened => {
    return { at: fault.at, text: faultText(fault, names), tone: GOOD.has(fault.fault) ? 'good' : 'warn' }
  })
  const remarks = [...Map.groupBy(timeline.remarks, remarkKey).values()].map((alike) => remarksOf(alike, nameOf))
  const changes = timeline.nodes.flatMap(({ heads }, node) => heads.map((head) => ({ ...head, node })))
  const left = changes.filter(({ abandoned }) => abandoned > 0)
  const reorganisations = [...Map.groupBy(left, ({ height, abandoned }) => `${height} ${abandoned}`).values()].map(
    (alike): Happened => {
      const [{ at: changedAt, abandoned, height, node } = { at: 0, abandoned: 0, height: 0, node: -1 }] = alike
      const who = alike.length === 1 ? nameOf(node) : `${alike.length} nodes`
      const blocks = `${abandoned} ${abandoned === 1 ? 'block' : 'blocks'}`
      return { at: changedAt, text: `${who} left ${blocks} for the branch of #${height}`, tone: '' }
    }
  )
  return [...faults, ...remarks, ...reorganisations]
    .filter((each) => each.at <= at)
    .sort((a, b) => b.at - a.at)
    .slice(0, limit)
}

/** A node under attack says the same many times: that is one line. */
const ALIKE_MS = 10_000

function remarkKey({ what, code, at }: RemarkChange): string {
  return `${what} ${code} ${Math.floor(at / ALIKE_MS)}`
}

function remarksOf(alike: readonly RemarkChange[], nameOf: (node: number) => string): Happened {
  const [{ at, node, what, of, code } = { at: 0, node: -1, what: 'rejected', of: -1, code: '' }] = alike
  const word = what === 'banned' ? 'banned' : 'refused what came from'
  if (alike.length === 1)
    return { at, text: `${nameOf(node)} ${word} ${of < 0 ? 'a stranger' : nameOf(of)}: ${code}`, tone: 'bad' }
  const nodes = new Set(alike.map((remark) => remark.node)).size
  const who = nodes === 1 ? nameOf(node) : `${nodes} nodes`
  return { at, text: `${who}: ${alike.length} × ${what === 'banned' ? 'banned' : 'refused'} (${code})`, tone: 'bad' }
}
