// What a person may want to hear of, newest first: faults, reorganisations, refusals, bans, nodes that ended.
import type { HeadChange, RemarkChange, Timeline } from '../../api/client/index.ts'
import { faultText } from './faults.ts'

export interface Happened {
  /** The same for the same, also when more nodes join in it later. */
  readonly key: string
  readonly at: number
  readonly text: string
  readonly tone: '' | 'good' | 'warn' | 'bad'
}

const GOOD = new Set(['heal', 'start', 'resume', 'restore'])

export function happenedAt(timeline: Timeline, at: number, limit: number): Happened[] {
  const names = timeline.run?.nodes ?? []
  const nameOf = (node: number): string => names[node] ?? '?'
  const faults = timeline.faults.map((fault): Happened => {
    const key = `${fault.fault} ${fault.at} ${fault.nodes[0]}`
    return { key, at: fault.at, text: faultText(fault, names), tone: GOOD.has(fault.fault) ? 'good' : 'warn' }
  })
  const remarks = [...Map.groupBy(timeline.remarks, remarkKey).values()].map((alike) => remarksOf(alike, nameOf))
  return [...faults, ...remarks, ...reorganisations(timeline, nameOf)]
    .filter((each) => each.at <= at)
    .sort((a, b) => b.at - a.at)
    .slice(0, limit)
}

/** Nodes that change to the same head at about the same time are one line. */
function reorganisations({ nodes }: Timeline, nameOf: (node: number) => string): Happened[] {
  const left = nodes.flatMap(({ heads }) => heads.filter(({ abandoned }) => abandoned > 0)).sort((a, b) => a.at - b.at)
  const groups = [...Map.groupBy(left, ({ id, abandoned }) => `${id} ${abandoned}`).values()].flatMap((alike) => {
    const runs: HeadChange[][] = []
    for (const change of alike) {
      const last = runs.at(-1)
      if (last === undefined || change.at - (last.at(-1)?.at ?? 0) > ALIKE_MS) runs.push([change])
      else last.push(change)
    }
    return runs
  })
  return groups.flatMap((alike) => {
    const [first] = alike
    if (first === undefined) return []
    const who = new Set(alike.map(({ node }) => node)).size
    const blocks = `${first.abandoned} ${first.abandoned === 1 ? 'block' : 'blocks'}`
    const text = `${who === 1 ? nameOf(first.node) : `${who} nodes`} left ${blocks} for the branch of #${first.height}`
    const key = `${first.id} ${first.abandoned} ${Math.floor(first.at / ALIKE_MS)}`
    return [{ key, at: first.at, text, tone: '' }]
  })
}

/** A node under attack says the same many times: that is one line. */
const ALIKE_MS = 10_000

function remarkKey({ what, code, at }: RemarkChange): string {
  return `${what} ${code} ${Math.floor(at / ALIKE_MS)}`
}

const NOTHING: RemarkChange = { type: 'remark', at: 0, node: -1, what: 'rejected', of: -1, code: '' }

function remarksOf(alike: readonly RemarkChange[], nameOf: (node: number) => string): Happened {
  const [first = NOTHING] = alike
  const { at, node, what, of, code } = first
  const key = remarkKey(first)
  const word = what === 'banned' ? 'banned' : 'refused what came from'
  if (alike.length === 1)
    return { key, at, text: `${nameOf(node)} ${word} ${of < 0 ? 'a stranger' : nameOf(of)}: ${code}`, tone: 'bad' }
  const nodes = new Set(alike.map((remark) => remark.node)).size
  const who = nodes === 1 ? nameOf(node) : `${nodes} nodes`
  return {
    key,
    at,
    text: `${who}: ${alike.length} × ${what === 'banned' ? 'banned' : 'refused'} (${code})`,
    tone: 'bad'
  }
}
