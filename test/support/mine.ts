// Blocks of one who owes nobody anything: sealed and mined by the rules, on any parent and with any body.
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { bitsToTarget } from '../../src/ledger/index.ts'
import type { Node } from '../../src/node/index.ts'
import { NonceSearch } from '../../src/production/index.ts'
import {
  assembleBlock,
  type Block,
  decodeHeader,
  encodeHeader,
  type HeaderFields,
  type Hex,
  sealHeader,
  type Transaction,
  toHex,
  transactionsRoot
} from '../../src/wire/index.ts'

export const liarKey = keyPairFromLabel('the liar')

/** A block on `parent`, which `node` knows, whose proof of work and seal hold. */
export function mineOn(
  node: Node,
  parentHash: Hex,
  transactions: readonly Transaction[],
  fields: Partial<HeaderFields> = {},
  key = liarKey
): Block {
  const parent = node.chain.headerNode(parentHash)
  if (parent === undefined) throw new Error('the parent is unknown')
  const producer = toHex(key.publicKey)
  const time = Math.max(Date.now(), parent.time + 1)
  const complete: HeaderFields = {
    network: node.genesis.network,
    parent: parent.hash,
    height: parent.height + 1,
    time,
    merkleRoot: transactionsRoot(transactions),
    producer,
    bits: node.consensus.bitsFor(parent, time, producer),
    nonce: '00'.repeat(8),
    ...fields
  }
  const search = new NonceSearch(encodeHeader(complete), bitsToTarget(complete.bits) ?? 0n, 0)
  let found: Uint8Array | undefined
  while (found === undefined) found = search.run(1000)
  return assembleBlock(sealHeader(decodeHeader(found), key.sign), transactions)
}
