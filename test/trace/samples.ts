// One event of every kind, and the smallest form of those that have less to say.
import type { NodeEvent } from '../../src/trace/index.ts'

export const TOPICS = { block: '/starling/0a1b2c3d/block/1', transaction: '/starling/0a1b2c3d/tx/1' }

/** Peer ids of ed25519 keys. */
export const N1 = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X'
export const N2 = '12D3KooWH3uVF6wv47WnArKHk5p6cvgCJEb74UTmxztmQDc298L3'

export const BLOCK = 'b1'.repeat(32)
export const PARENT = 'bb'.repeat(32)
export const TX = '7e'.repeat(32)

/** With the resolution of a number of this size, 2^-12 ms. */
export const START_MS = 1_893_456_000_000 + 3 / 4096

const tip = { height: 4, hash: BLOCK, work: '123456789012345678901234567890' }

export const SAMPLES: readonly NodeEvent[] = [
  {
    type: 'published',
    kind: 'block',
    id: BLOCK,
    bytes: 70_000,
    wireBytes: 900,
    parent: PARENT,
    height: 5,
    transactions: 2
  },
  { type: 'published', kind: 'transaction', id: TX, bytes: 250 },
  { type: 'heard', kind: 'block', id: BLOCK, from: N2 },
  { type: 'delivered', kind: 'transaction', id: TX, via: 'gossip', from: N2 },
  { type: 'delivered', kind: 'transaction', id: TX, via: 'repair', from: N2, block: BLOCK },
  { type: 'delivered', kind: 'block', id: BLOCK, via: 'requested', from: N2, height: 5 },
  { type: 'delivered', kind: 'block', id: BLOCK, via: 'own' },
  { type: 'duplicate', kind: 'block', id: BLOCK, from: N2 },
  { type: 'validated', kind: 'block', id: BLOCK, transactions: 2, durationMs: 1.5 },
  { type: 'validated', kind: 'transaction', transactions: 30, durationMs: 0.25 },
  { type: 'imported', id: BLOCK, parent: PARENT, height: 5, transactions: [TX, 'aa'.repeat(32)] },
  { type: 'rejected', kind: 'block', id: BLOCK, from: N2, code: 'bad-seal' },
  { type: 'rejected', kind: 'transaction', from: N2, code: 'not-canonical' },
  { type: 'rejected', kind: 'message', code: 'timeout' },
  { type: 'head', hash: BLOCK, height: 5, work: tip.work, abandoned: 1 },
  { type: 'peer', state: 'connected', peer: N2 },
  { type: 'peer', state: 'disconnected', peer: N2 },
  { type: 'banned', peer: N2, reason: 'bad-seal', until: START_MS + 60_000 },
  { type: 'rebuilt', id: BLOCK, transactions: 4_000, missing: 80, hedged: true, full: false },
  { type: 'mesh', change: 'graft', topic: 'block', peer: N2 },
  { type: 'mesh', change: 'prune', topic: 'transaction', peer: N2 },
  { type: 'request', protocol: '/starling/blocks/1', peer: N2, bytes: 2 ** 31, durationMs: 20, outcome: 'answered' },
  {
    type: 'request',
    protocol: '/starling/blocks/1',
    peer: N2,
    bytes: 3,
    durationMs: 0,
    outcome: 'failed',
    code: 'closed'
  },
  {
    type: 'sync',
    peer: N2,
    ours: tip,
    theirs: { ...tip, height: 9 },
    blocksFetched: 5,
    transactionsFetched: 3,
    transactionsSent: 2,
    transactionsDiffer: 5,
    bytes: 9_000,
    durationMs: 3_600_000.5,
    outcome: 'behind'
  },
  {
    type: 'sync',
    peer: N2,
    ours: tip,
    theirs: tip,
    blocksFetched: 0,
    transactionsFetched: 0,
    transactionsSent: 0,
    transactionsDiffer: null,
    bytes: 0,
    durationMs: 1,
    outcome: 'failed',
    code: 'timeout'
  },
  { type: 'member', peer: N2, change: 'suspected' }
].map((event, i) => ({ ...event, at: START_MS + i / 4096 }) as NodeEvent)
