// The nodes at one moment: who is up, which head each has, and how these heads stand to each other.
import { headAt, type NodeState, stateAt, type Timeline } from '../../api/client/index.ts'
import { partitionAt } from './faults.ts'

/** How a node's head stands to the tip, the head that most nodes have or are about to: the same, before it, another branch. */
export type Standing = 'leading' | 'behind' | 'fork'

export interface NodeView {
  readonly node: number
  readonly name: string
  readonly state: NodeState
  /** How it misbehaves on purpose; null for honest nodes. */
  readonly role: string | null
  /** '' for genesis. */
  readonly head: string
  readonly height: number
  readonly standing: Standing
  /** Of forks: which, from 0; heads that many nodes have come first. */
  readonly fork: number
  /** Of a partition: who can talk to whom; 0 without one. */
  readonly group: number
}

export interface HeadView {
  readonly id: string
  readonly height: number
  readonly nodes: number
  readonly standing: Standing
  readonly fork: number
}

export interface NetworkView {
  readonly nodes: readonly NodeView[]
  /** Of the honest nodes that are up: most nodes first. */
  readonly heads: readonly HeadView[]
  /** Honest nodes that are up, and those of them that have the leading head. */
  readonly up: number
  readonly agreed: number
  readonly height: number
  readonly tip: string | undefined
  /** Heads that no other one is built on. */
  readonly branches: number
  readonly isPartitioned: boolean
}

export function networkAt(timeline: Timeline, at: number): NetworkView {
  const { run } = timeline
  const partition = partitionAt(timeline, at)
  const found = timeline.nodes.map((node, i) => {
    const head = headAt(node, at)
    return { node: i, state: stateAt(node, at), head: head?.id ?? '', height: head?.height ?? 0 }
  })
  const counted = found.filter(({ node, state }) => state !== 'down' && (run?.roles?.[node] ?? null) === null)
  const heads = headViews(timeline, counted)
  const views = new Map(heads.map((head) => [head.id, head]))
  return {
    nodes: found.map((node) => ({
      ...node,
      name: run?.nodes[node.node] ?? '?',
      role: run?.roles?.[node.node] ?? null,
      standing: views.get(node.head)?.standing ?? 'behind',
      fork: views.get(node.head)?.fork ?? 0,
      group: partition?.get(node.node) ?? 0
    })),
    heads,
    up: counted.length,
    agreed: heads[0]?.nodes ?? 0,
    height: Math.max(0, ...counted.map(({ height }) => height)),
    tip: heads.find(({ standing }) => standing === 'leading')?.id,
    branches: 1 + Math.max(0, ...heads.filter(({ standing }) => standing === 'fork').map(({ fork }) => fork + 1)),
    isPartitioned: partition !== undefined
  }
}

interface Head extends Place {
  /** Who has it, ascending. */
  readonly nodes: number[]
}

/** A head that no other one is built on, and everybody who has it or is on the way to it. */
interface Branch {
  readonly tip: Head
  readonly line: Line
  readonly supporters: readonly number[]
}

function headViews(timeline: Timeline, nodes: readonly { node: number; head: string; height: number }[]): HeadView[] {
  const found = new Map<string, Head>()
  for (const { node, head, height } of nodes) {
    const known = found.get(head)
    if (known === undefined) found.set(head, { id: head, height, nodes: [node] })
    else known.nodes.push(node)
  }
  const heads = [...found.values()].sort((a, b) => b.nodes.length - a.nodes.length || b.height - a.height)
  const branches = branchesOf(timeline, heads)
  return heads.map((head) => {
    const { id, height, nodes } = head
    const branch = branches.findIndex(({ line }) => isOn(line, head))
    const standing = branch > 0 ? 'fork' : id === branches[0]?.tip.id ? 'leading' : 'behind'
    return { id, height, nodes: nodes.length, standing, fork: Math.max(0, branch - 1) }
  })
}

/** The one with most supporters first; of equals the one that the first nodes are on, so that it stays the same one. */
function branchesOf(timeline: Timeline, heads: readonly Head[]): Branch[] {
  const lowest = Math.min(...heads.map(({ height }) => height))
  const lines = heads.map((tip) => ({ tip, line: lineOf(timeline, tip, lowest) }))
  const tips = lines.filter(({ tip }) => !lines.some(({ tip: other, line }) => other !== tip && isOn(line, tip)))
  return tips
    .map(({ tip, line }) => {
      const supporters = heads.filter((head) => isOn(line, head)).flatMap(({ nodes }) => nodes)
      return { tip, line, supporters: supporters.sort((a, b) => a - b) }
    })
    .sort((a, b) => b.supporters.length - a.supporters.length || firstOf(a, b) - firstOf(b, a))
}

/** The first supporter of one branch that the other does not have. */
function firstOf({ supporters }: Branch, other: Branch): number {
  return supporters.find((node) => !other.supporters.includes(node)) ?? Number.POSITIVE_INFINITY
}

interface Place {
  readonly id: string
  readonly height: number
}

/** A block and those that it is built on, as far down as they are known. */
export interface Line {
  readonly ids: ReadonlySet<string>
  /** The height of the lowest one. */
  readonly from: number
}

/** Down to a height, or to what was forgotten. */
export function lineOf({ blocks }: Timeline, tip: Place, lowest: number): Line {
  const ids = new Set(['', tip.id])
  let from = tip.height
  let next = blocks.get(tip.id)?.parent
  while (next !== undefined && from > lowest && !ids.has(next)) {
    ids.add(next)
    from--
    next = blocks.get(next)?.parent
  }
  return { ids, from }
}

/** What is below all that is known of a line is on it as far as anybody can tell: it is old, not a fork. */
export function isOn({ ids, from }: Line, { id, height }: Place): boolean {
  return ids.has(id) || height < from
}
