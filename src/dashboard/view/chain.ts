// The chain with its forks, placed in columns by height: the leading branch in lane 0, others below it.
import { type LiveItem, headAt, stateAt, type Timeline } from '../../api/client/index.ts'
import { ancestorsOf } from './network.ts'

export interface ChainBlock {
  readonly item: LiveItem
  readonly height: number
  readonly lane: number
  /** Place in the list of its parent; undefined where that is not shown. */
  readonly parent: number | undefined
  /** Nodes whose head it is. */
  readonly heads: readonly number[]
  readonly isLeading: boolean
}

export interface ChainView {
  /** By height, then lane. */
  readonly blocks: readonly ChainBlock[]
  readonly lanes: number
  readonly from: number
  readonly to: number
}

/** The last `heights` heights at a time. `leading`: the head that most nodes have. */
export function chainAt(timeline: Timeline, at: number, leading: string | undefined, heights: number): ChainView {
  const known = [...timeline.blocks.values()].filter(
    (block) => block.height !== undefined && (block.isPublished ? block.at : block.importedAt) <= at
  )
  const to = Math.max(0, ...known.map(({ height }) => height ?? 0))
  const from = Math.max(1, to - heights + 1)
  const best = new Set(ancestorsOf(timeline, leading))
  if (leading !== undefined) best.add(leading)
  const heads = headsAt(timeline, at)
  const shown = known
    .filter(({ height }) => (height ?? 0) >= from)
    .sort((a, b) => (a.height ?? 0) - (b.height ?? 0) || Number(best.has(b.id)) - Number(best.has(a.id)) || a.at - b.at)
  const places = new Map(shown.map(({ id }, place) => [id, place]))
  const lanes = new Map<string, number>()
  const taken = new Map<number, Set<number>>()
  const blocks = shown.map((item): ChainBlock => {
    const height = item.height ?? 0
    const isLeading = best.has(item.id)
    const inUse = taken.get(height) ?? new Set<number>()
    taken.set(height, inUse)
    // A branch stays in its lane.
    const wanted = isLeading ? 0 : Math.max(1, lanes.get(item.parent ?? '') ?? 1)
    let lane = wanted
    while (inUse.has(lane)) lane++
    inUse.add(lane)
    lanes.set(item.id, lane)
    const parent = item.parent === undefined ? undefined : places.get(item.parent)
    return { item, height, lane, parent, heads: heads.get(item.id) ?? [], isLeading }
  })
  return { blocks, lanes: Math.max(1, ...blocks.map(({ lane }) => lane + 1)), from, to }
}

function headsAt(timeline: Timeline, at: number): Map<string, number[]> {
  const up = [...timeline.nodes.entries()].filter(([, node]) => stateAt(node, at) !== 'down')
  const heads = Map.groupBy(up, ([, node]) => headAt(node, at)?.id ?? '')
  return new Map([...heads].map(([id, entries]) => [id, entries.map(([node]) => node)]))
}
