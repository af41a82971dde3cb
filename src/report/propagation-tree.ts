// Who told whom, after how many ms: the tree of first deliveries of one item, in the order in which it is drawn.
import type { DeliveredVia } from '../trace/index.ts'
import { type ItemTrace, NO_NODE } from './item-trace.ts'
import { round } from './statistics.ts'

export interface TreeRow {
  readonly node: string
  /** Row of who delivered it; undefined for the origin, and where the sender is not known. */
  readonly parent: number | undefined
  readonly latencyMs: number
  readonly via: DeliveredVia
  readonly depth: number
}

export interface PropagationTree {
  readonly id: string
  readonly height: number | undefined
  /** Depth first; siblings by time: the children of a node follow it. */
  readonly rows: readonly TreeRow[]
  /** Nodes that never got it. */
  readonly missing: readonly string[]
}

export function propagationTree(trace: ItemTrace, names: readonly string[]): PropagationTree {
  const children = new Map<number, number[]>()
  const held = [...names.keys()].filter((node) => trace.holds(node))
  const byTime = held.sort((a, b) => trace.latencyMs(a) - trace.latencyMs(b) || a - b)
  for (const node of byTime) {
    const parent = node === trace.origin ? NO_NODE : (trace.from[node] ?? NO_NODE)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [node])
    else siblings.push(node)
  }
  const rows: TreeRow[] = []
  const placed = new Set<number>()
  // A stack of its own: a chain of a thousand nodes is a thousand deep. Reversed, so that the earliest is on top.
  const visit = (root: number): void => {
    const stack: { node: number; parent: number | undefined; depth: number }[] = [
      { node: root, parent: undefined, depth: 0 }
    ]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (placed.has(top.node)) continue
      placed.add(top.node)
      const { node, parent, depth } = top
      const via = trace.via(node) ?? 'own'
      const row =
        rows.push({ node: names[node] ?? '?', parent, latencyMs: round(trace.latencyMs(node)), via, depth }) - 1
      const next = children.get(node) ?? []
      stack.push(...next.toReversed().map((child) => ({ node: child, parent: row, depth: depth + 1 })))
    }
  }
  if (trace.origin !== NO_NODE) visit(trace.origin)
  // Then those whose sender is not part of the tree; a circle of senders (a lie) ends up here too.
  for (const node of children.get(NO_NODE) ?? []) visit(node)
  for (const node of byTime) visit(node)
  return {
    id: trace.id,
    height: trace.height,
    rows,
    missing: names.filter((_, node) => !trace.holds(node))
  }
}
