// Who told whom, after how many ms: the tree of first arrivals of one item, depth first.
import { type LiveItem, NOBODY } from '../../api/client/index.ts'
import { holdersAt } from './coverage.ts'

export interface TreeRow {
  readonly node: number
  /** Row of who told it; undefined for the origin, and where that is not known. */
  readonly parent: number | undefined
  readonly depth: number
  /** Since the item was made. */
  readonly ms: number
  readonly via: ReturnType<LiveItem['via']>
}

/** As far as it had come at a time; Infinity for all that is known. */
export function treeOf(item: LiveItem, at = Number.POSITIVE_INFINITY): TreeRow[] {
  const holders = holdersAt(item, at)
  const children = Map.groupBy(holders, (node) => {
    return node === item.origin ? NOBODY : (item.from[node] ?? NOBODY)
  })
  const rows: TreeRow[] = []
  const placed = new Set<number>()
  const visit = (root: number): void => {
    // A stack of its own: a chain of a thousand nodes is a thousand deep.
    const stack: { node: number; parent: number | undefined; depth: number }[] = [
      { node: root, parent: undefined, depth: 0 }
    ]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { node, parent, depth } = top
      if (placed.has(node)) continue
      placed.add(node)
      const ms = Math.max(0, (item.arrivedAt[node] ?? 0) - item.at)
      const row = rows.push({ node, parent, depth, ms, via: item.via(node) }) - 1
      const next = (children.get(node) ?? []).toReversed()
      stack.push(...next.map((child) => ({ node: child, parent: row, depth: depth + 1 })))
    }
  }
  if (holders.includes(item.origin)) visit(item.origin)
  // Those whose sender is not part of the run, then circles of senders (a lie).
  for (const node of children.get(NOBODY) ?? []) visit(node)
  for (const node of holders) visit(node)
  return rows
}
