// Production as part of a node: when it may go on, and what becomes of a sealed block.
import type { Production } from '../production/index.ts'
import type { Block } from '../wire/index.ts'
import type { NodeInit, PartMakers } from './node-init.ts'
import type { Ground, Parts } from './parts.ts'
import { isInStep } from './progress.ts'

type Needed = Ground & Pick<Parts, 'chain' | 'consensus' | 'mempool' | 'intake' | 'blockRelay' | 'fetcher'>

export function composeProduction(
  parts: Needed,
  { production, blockMaxBytes }: NodeInit,
  createProducer: PartMakers['createProducer']
): Production | undefined {
  if (production === undefined) return undefined
  const { network } = parts.genesis
  return createProducer(
    { ...parts, inStep: () => isInStep(parts), onSealed: (block) => spreadSealed(parts, block) },
    { ...production, network, blockMaxBytes }
  )
}

/** Resolves when the block is imported, or was not taken. */
async function spreadSealed({ intake, blockRelay, events, runtime }: Needed, block: Block): Promise<void> {
  const { hash, parent, height } = block.header
  const at = runtime.clock.now()
  const outcome = await intake.offer(block, { via: 'own', lane: 'tip' })
  if (outcome.status !== 'checked') {
    runtime.logger.warn('a sealed block was not taken', { hash, status: outcome.status })
    return
  }
  const { length } = block.transactions
  const announcement = blockRelay.announcementOf(block)
  events.emit({
    type: 'published',
    kind: 'block',
    id: hash,
    parent,
    height,
    bytes: block.bytes.length,
    wireBytes: announcement.length,
    transactions: length,
    at
  })
  await blockRelay.announce(block, announcement)
  await outcome.imported
}
