// How far a node is behind the chain that it is fetching.
import type { Parts } from './parts.ts'

export interface CatchingUp {
  readonly targetHeight: number
  /** Since it began to catch up. */
  readonly blocksPerSecond: number
}

type Needed = Pick<Parts, 'chain' | 'fetcher'>

/** False while blocks are fetched whose headers were checked: what a peer merely claims stops nobody from producing. */
export function isInStep({ chain, fetcher }: Needed): boolean {
  return fetcher.progress === undefined || chain.bestHeader.height <= chain.head.height + 1
}

/** How far it is while it is not in step, and how fast. */
export function catchingUp({ chain, fetcher }: Needed, now: number): CatchingUp | undefined {
  const { progress } = fetcher
  if (progress === undefined || isInStep({ chain, fetcher })) return undefined
  const seconds = (now - progress.startedAt) / 1000
  const imported = Math.max(0, chain.head.height - progress.startHeight)
  return { targetHeight: chain.bestHeader.height, blocksPerSecond: seconds > 0 ? imported / seconds : 0 }
}
