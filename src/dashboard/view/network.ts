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
  readonly isPartitioned: boolean
}

/** Blocks looked back over to find whether one head is an ancestor of another. */
const ANCESTORS_MAX = 64

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
    isPartitioned: partition !== undefined
  }
}

function headViews(timeline: Timeline, nodes: readonly { head: string; height: number }[]): HeadView[] {
  const counts = new Map<string, { id: string; height: number; nodes: number }>()
  for (const { head, height } of nodes) {
    const known = counts.get(head)
    if (known === undefined) counts.set(head, { id: head, height, nodes: 1 })
    else known.nodes++
  }
  const heads = [...counts.values()].sort((a, b) => b.nodes - a.nodes || b.height - a.height || (a.id < b.id ? -1 : 1))
  const tip = tipOf(timeline, heads)
  const ancestors = ancestorsOf(timeline, tip)
  let forks = 0
  return heads.map((head) => {
    if (head.id === tip) return { ...head, standing: 'leading', fork: 0 }
    if (head.id === '' || ancestors.has(head.id)) return { ...head, standing: 'behind', fork: 0 }
    return { ...head, standing: 'fork', fork: forks++ }
  })
}

/** The head that most nodes have, or the highest one built on it: that is the next one, on its way. */
function tipOf(timeline: Timeline, heads: readonly { id: string; height: number }[]): string | undefined {
  const [most] = heads
  const onTop = heads.filter(({ id }) => most?.id === '' || ancestorsOf(timeline, id).has(most?.id ?? ''))
  return [...onTop].sort((a, b) => b.height - a.height)[0]?.id ?? most?.id
}

export function ancestorsOf(timeline: Timeline, id: string | undefined): ReadonlySet<string> {
  const found = new Set<string>()
  let next = id === undefined ? undefined : timeline.blocks.get(id)?.parent
  while (next !== undefined && found.size < ANCESTORS_MAX && !found.has(next)) {
    found.add(next)
    next = timeline.blocks.get(next)?.parent
  }
  return found
}
