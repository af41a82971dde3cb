// The chain with its forks, placed in columns by height: the leading branch in lane 0, others below it.
import { type LiveItem, headAt, stateAt, type Timeline } from '../../api/client/index.ts'
import { type Line, lineOf, type Standing } from './network.ts'

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
  const known = knownAt(timeline, at)
  const to = Math.max(0, ...known.map(({ height }) => height ?? 0))
  const from = Math.max(1, to - heights + 1)
  const best = leadingBranch(timeline, at, leading, from).ids
  const heads = headsAt(timeline, at)
  const shown = known
    .filter(({ height }) => (height ?? 0) >= from)
    .sort((a, b) => (a.height ?? 0) - (b.height ?? 0) || Number(best.has(b.id)) - Number(best.has(a.id)) || a.at - b.at)
  const places = new Map(shown.map(({ id }, place) => [id, place]))
  const lanes = lanesOf(shown, best)
  const blocks = shown.map((item): ChainBlock => {
    const parent = item.parent === undefined ? undefined : places.get(item.parent)
    return {
      item,
      height: item.height ?? 0,
      lane: lanes.get(item.id) ?? 0,
      parent,
      heads: heads.get(item.id) ?? [],
      isLeading: best.has(item.id)
    }
  })
  return { blocks, lanes: Math.max(1, ...blocks.map(({ lane }) => lane + 1)), from, to }
}

function knownAt({ blocks }: Timeline, at: number): LiveItem[] {
  return [...blocks.values()].filter(
    (block) => block.height !== undefined && (block.isPublished ? block.at : block.importedAt) <= at
  )
}

/**
 * The leading head, what it is built on down to a height, and what goes on from it: a block that was just sealed on top
 * of it is nobody's head yet, and no fork.
 */
export function leadingBranch(timeline: Timeline, at: number, leading = '', lowest = 0): Line {
  const known = knownAt(timeline, at)
  const { ids, from } = lineOf(timeline, { id: leading, height: timeline.blocks.get(leading)?.height ?? 0 }, lowest)
  const best = new Set(ids)
  const isNext = (block: LiveItem, tip: string): boolean => (tip === '' ? block.height === 1 : block.parent === tip)
  for (let tip: string | undefined = leading; tip !== undefined; ) {
    const [next] = known.filter((block) => !best.has(block.id) && isNext(block, tip ?? '')).sort((a, b) => a.at - b.at)
    if (next !== undefined) best.add(next.id)
    tip = next?.id
  }
  return { ids: best, from }
}

/** The leading branch is in lane 0; every other one in the first lane that is free along all of it. */
function lanesOf(blocks: readonly LiveItem[], best: ReadonlySet<string>): Map<string, number> {
  const branches: LiveItem[][] = []
  const branchOf = new Map<string, LiveItem[]>()
  for (const block of blocks) {
    if (best.has(block.id)) continue
    const branch = branchOf.get(block.parent ?? '')
    // The first child goes on in its parent's branch, another one begins its own.
    if (branch !== undefined && branch.at(-1)?.id === block.parent) branch.push(block)
    else branches.push([block])
    branchOf.set(block.id, branch !== undefined && branch.at(-1) === block ? branch : (branches.at(-1) ?? []))
  }
  const lanes = new Map(blocks.map(({ id }) => [id, 0]))
  const ends: number[] = []
  for (const branch of branches) {
    const start = branch[0]?.height ?? 0
    let lane = 0
    while ((ends[lane] ?? Number.NEGATIVE_INFINITY) >= start) lane++
    ends[lane] = branch.at(-1)?.height ?? start
    for (const { id } of branch) lanes.set(id, lane + 1)
  }
  return lanes
}

/**
 * By block: which fork it belongs to, as the nodes on it are coloured; `undefined` on the leading branch, and where no
 * node is any more.
 */
export function forksOf(
  { blocks }: ChainView,
  nodes: readonly { readonly fork: number; readonly standing: Standing }[]
): readonly (number | undefined)[] {
  const forks: (number | undefined)[] = blocks.map(({ heads, isLeading }) => {
    const on = heads.map((node) => nodes[node]).find((node) => node?.standing === 'fork')
    return isLeading ? undefined : on?.fork
  })
  // Down to where it leaves the leading branch; children come after their parents.
  for (const [place, { parent }] of [...blocks.entries()].reverse()) {
    if (parent !== undefined && blocks[parent]?.isLeading === false) forks[parent] ??= forks[place]
  }
  // And up to what was just sealed on it, which is nobody's head yet.
  for (const [place, { parent, isLeading }] of blocks.entries()) {
    if (!isLeading && parent !== undefined && blocks[parent]?.heads.length !== 0) forks[place] ??= forks[parent]
  }
  return forks
}

function headsAt(timeline: Timeline, at: number): Map<string, number[]> {
  const up = [...timeline.nodes.entries()].filter(([, node]) => stateAt(node, at) !== 'down')
  const heads = Map.groupBy(up, ([, node]) => headAt(node, at)?.id ?? '')
  return new Map([...heads].map(([id, entries]) => [id, entries.map(([node]) => node)]))
}
