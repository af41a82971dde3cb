// Roles that make blocks: sealed by a real producer, and wrong in one way or another.
import { adversaryDefaults } from '../config/index.ts'
import { keyPairFromSecret } from '../crypto/index.ts'
import { bitsToTarget } from '../ledger/index.ts'
import { NonceSearch, Producer } from '../production/index.ts'
import {
  assembleBlock,
  type Block,
  BlockAnnouncement,
  COMPACT_SALT_BYTES,
  decodeHeader,
  decodeTransaction,
  encodeCompactBlock,
  encodeHeader,
  type Hex,
  type SealedHeader,
  sealHeader,
  signTransaction,
  type Transaction,
  toHex
} from '../wire/index.ts'
import type { Role, Situation } from './situation.ts'

/** A transaction of a sender nobody has heard of, who has nothing. Its signature holds. */
export function unfundedTransaction({ node }: Situation): Transaction {
  const key = keyPairFromSecret(node.runtime.entropy.bytes(32))
  const address = toHex(key.publicKey)
  const { network } = node.genesis
  const fields = { network, sender: address, recipient: address, amount: 1, fee: 1_000, nonce: 0, validUntil: 0 }
  return signTransaction({ ...fields, data: new Uint8Array() }, key.sign)
}

/** The same with a signature that does not hold. */
export function forgedTransaction(situation: Situation): Transaction {
  return decodeTransaction(garbled(unfundedTransaction(situation).bytes))
}

/** Publishes a block that its own importer never saw. */
async function publishUnchecked({ node }: Situation, block: Block): Promise<void> {
  await node.gossip.publish('block', BlockAnnouncement.encode({ full: block.bytes as Uint8Array<ArrayBuffer> }))
}

/** The compact form of a block with nothing prefilled, signed. */
export function compactOf({ node, key }: Situation, block: Block): Uint8Array {
  return encodeCompactBlock(block, node.runtime.entropy.bytes(COMPACT_SALT_BYTES), new Set(), key.sign)
}

export async function publishCompact({ node }: Situation, compact: Uint8Array): Promise<void> {
  await node.gossip.publish('block', BlockAnnouncement.encode({ compact: compact as Uint8Array<ArrayBuffer> }))
}

/**
 * Runs a producer over a mempool that also offers what `extra` makes; each sealed block goes to `onSealed`. Pauses
 * between blocks, because a head that never moves is as easy to build on each time.
 */
export function produce(
  situation: Situation,
  extra: () => readonly Transaction[],
  onSealed: (block: Block) => Promise<void>
): () => void {
  const { node, production, init } = situation
  const producer = new Producer(
    {
      ...production,
      mempool: { select: (limits) => [...production.mempool.select(limits), ...extra()] },
      onSealed: async (block) => {
        await onSealed(block)
        await node.runtime.timers.sleep(adversaryDefaults.intervalMs)
      }
    },
    init
  )
  producer.start()
  return () => producer.stop()
}

/**
 * Blocks that break a rule, in turn: a bad signature under a good root, a body that is not the root's, and a transaction
 * that can't be paid. The last one is forwarded by all, because state is judged later, and held against nobody.
 */
export const invalidBlocks: Role = {
  act: (situation) => {
    let made = 0
    const extra = (): Transaction[] => {
      const kind = made % 3
      if (kind === 1) return []
      return [kind === 0 ? forgedTransaction(situation) : unfundedTransaction(situation)]
    }
    return produce(situation, extra, async (block) => {
      const isOther = made++ % 3 === 1
      const { header, transactions } = block
      const body = isOther ? [...transactions, unfundedTransaction(situation)] : transactions
      await publishUnchecked(situation, isOther ? assembleBlock(header, body) : block)
    })
  }
}

/** Good blocks under a seal that is not the producer's, or, every other time, a compact block with a bad signature. */
export const garbledSignatures: Role = {
  act: (situation) => {
    let made = 0
    return produce(
      situation,
      () => [],
      async (block) => {
        if (made++ % 2 === 1) return publishCompact(situation, garbled(compactOf(situation, block)))
        const { header, transactions } = block
        await publishUnchecked(situation, assembleBlock({ ...header, seal: garbled(header.seal) }, transactions))
      }
    )
  }
}

/** The same bytes but for the last: a signature's. */
function garbled(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes)
  const last = copy.length - 1
  copy[last] = (copy[last] ?? 0) ^ 1
  return copy
}

/** Two different blocks for each one that it may make: both are valid, and it is their producer's fault alone. */
export const equivocator: Role = {
  act: (situation) =>
    produce(
      situation,
      () => [],
      async (block) => {
        const twin = await twinOf(situation, block)
        await situation.production.onSealed(block)
        if (twin !== undefined) await publishUnchecked(situation, twin)
      }
    )
}

/** Another block with the same parent, time and body: its header has another nonce. */
async function twinOf({ node, key, production }: Situation, block: Block): Promise<Block | undefined> {
  const { header, transactions } = block
  const sealed = (bytes: Uint8Array): Block => {
    const twin: SealedHeader = sealHeader(decodeHeader(bytes), key.sign)
    return assembleBlock(twin, transactions)
  }
  const bytes = encodeHeader({ ...header, nonce: nextNonce(header.nonce) })
  const target = production.consensus.kind === 'pow' ? bitsToTarget(header.bits) : undefined
  if (target === undefined) return sealed(bytes)
  const search = new NonceSearch(bytes, target, node.runtime.random.int(2 ** 32))
  for (let tried = 0; tried < adversaryDefaults.hashesMax; tried += adversaryDefaults.hashesPerSlice) {
    const found = search.run(adversaryDefaults.hashesPerSlice)
    if (found !== undefined) return sealed(found)
    await node.runtime.yield()
  }
  return undefined
}

function nextNonce(nonce: Hex): Hex {
  return BigInt.asUintN(64, BigInt(`0x${nonce}`) + 1n)
    .toString(16)
    .padStart(16, '0')
}
