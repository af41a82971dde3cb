// A short chain in the bytes of a chain file, made by hand: what docs/chain-file.md describes.
import { createHash } from 'node:crypto'
import type { Block } from '../../src/wire/index.ts'
import { genesis, makeBranch, transfer } from './sealed-chain.ts'

/** Four blocks on genesis, two with transactions. */
export const fourBlocks: readonly Block[] = makeBranch(genesis.header, [
  { transactions: [transfer('p0', 'p1', 0), transfer('p1', 'p2', 0)] },
  {},
  { transactions: [transfer('p0', 'p2', 1)] },
  {}
])

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function chainFileOf(blocks: readonly Block[] = fourBlocks, hash = genesis.hash): Buffer {
  const preamble = ['89535452', '4c430d0a', '01', hash].map((hex) => Buffer.from(hex, 'hex'))
  const records = blocks.flatMap(({ bytes }) => [uint32(bytes.length), bytes])
  const from = blocks[0]?.header.height ?? 1
  const content = Buffer.concat([...preamble, uint32(from), ...records, uint32(0), uint32(blocks.length)])
  return Buffer.concat([content, createHash('sha256').update(content).digest()])
}

/** Where a block's record begins. */
export function recordAt(index: number, blocks: readonly Block[] = fourBlocks): number {
  return blocks.slice(0, index).reduce((at, { bytes }) => at + 4 + bytes.length, 45)
}

export async function* inPieces(bytes: Uint8Array, length = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}
