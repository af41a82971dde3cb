// Where a node stands with its peers, in a few words.
import type { StatusView } from '../api/client/index.ts'
import { count, duration } from './format.ts'

/** `in step`, or `syncing to #1200, 340 blocks/s, 2.1 s left`. Without peers there is nobody to be in step with. */
export function syncText({ sync, peers }: Pick<StatusView, 'sync' | 'peers'>): string {
  if (peers === 0) return 'alone'
  if (sync.state === 'in-step') return 'in step'
  const rate = sync.blocks_per_second === null ? '' : `, ${speed(sync.blocks_per_second)} blocks/s`
  const left = sync.seconds_left === null ? '' : `, ${duration(sync.seconds_left * 1000)} left`
  return `syncing to #${sync.target_height}${rate}${left}`
}

function speed(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))
}
