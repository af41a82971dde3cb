// Is there anything left to wait for at the end of a run?
import type { Collector } from '../../report/index.ts'

/** Every published item that can still come is on every honest node that is up, and their heads are the same. */
export function isSettled(collector: Collector, now: number): boolean {
  if (collector.outstanding(now) > 0) return false
  const up = collector.honestHistories.filter((history) => history.isUp)
  return new Set(up.map(({ head }) => head?.hash)).size <= 1
}
