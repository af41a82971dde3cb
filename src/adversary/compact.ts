// Roles that misuse compact blocks: what they announce is sealed and signed by its producer.
import { adversaryDefaults } from '../config/index.ts'
import { overriding } from '../network/index.ts'
import { blockTransactionsProtocol } from '../relay/index.ts'
import { RecentMap } from '../runtime/index.ts'
import { blocksProtocol } from '../sync/index.ts'
import { compactSignatureCheck, decodeCompactBlock, type Hex, SHORT_ID_BYTES } from '../wire/index.ts'
import { compactOf, produce, publishCompact, unfundedTransaction } from './blocks.ts'
import type { Role } from './situation.ts'

const SIGNATURE_BYTES = 64

/**
 * Valid headers with short ids of no transaction at all, signed by the producer. Whoever asks gets the block, so that the
 * lie can be seen: it is dearest where it is believed longest.
 */
export function garbageShortIds(): Role {
  const own = new RecentMap<Hex, Uint8Array>(adversaryDefaults.ownBlocksMax)
  return {
    wrap: (components) => {
      const { store } = components
      const blockBytes = (hash: Hex): Uint8Array | undefined => own.get(hash) ?? store.blockBytes(hash)
      return { ...components, store: overriding(store, { blockBytes }) }
    },
    act: (situation) =>
      produce(
        situation,
        () => [unfundedTransaction(situation)],
        async (block) => {
          own.set(block.header.hash, block.bytes)
          const garbled = new Uint8Array(compactOf(situation, block))
          const end = garbled.length - SIGNATURE_BYTES
          const ids = block.transactions.length * SHORT_ID_BYTES
          garbled.set(situation.node.runtime.entropy.bytes(ids), end - ids)
          garbled.set(situation.key.sign(compactSignatureCheck(decodeCompactBlock(garbled)).message), end)
          await publishCompact(situation, garbled)
        }
      )
  }
}

/**
 * Blocks of transactions that nobody has, and that it never hands out: who asks for the block waits, and who asks for
 * transactions waits on every other stream, and on the others is told that it does not hold its own block.
 */
export function withholding(): Role {
  let streams = 0
  return {
    wrap: (components) => {
      const { host } = components
      const handle: typeof host.handle = (protocol, handler, options) => {
        const sometimes: typeof handler = (stream, peer) => (streams++ % 2 === 0 ? undefined : handler(stream, peer))
        if (protocol === blocksProtocol.id) return host.handle(protocol, () => {}, options)
        return host.handle(protocol, protocol === blockTransactionsProtocol.id ? sometimes : handler, options)
      }
      return { ...components, host: overriding(host, { handle }) }
    },
    act: (situation) =>
      produce(
        situation,
        () => [unfundedTransaction(situation)],
        (block) => publishCompact(situation, compactOf(situation, block))
      )
  }
}
