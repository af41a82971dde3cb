// Is there anything left to wait for at the end of a run?
import type { Collector } from '../../report/index.ts'

/** Every published item is on every node that is up, and their heads are the same. */
export function isSettled(collector: Collector): boolean {
  const up = [...collector.histories.keys()].filter((node) => collector.histories[node]?.isUp)
  const heads = new Set(up.map((node) => collector.histories[node]?.head?.hash))
  if (heads.size > 1) return false
  return (['block', 'transaction'] as const).every((kind) =>
    collector.items(kind).every((item) => up.every((node) => item.holds(node)))
  )
}
