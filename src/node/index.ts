// A node: its parts put together, and its life.
export { type ChainImportResult, importChain } from './chain-import.ts'
export type { NodeInit } from './node-init.ts'
export type { NodeState } from './node.ts'
export { Node } from './node.ts'
export type { NodeOptions } from './open-node.ts'
export { openNode } from './open-node.ts'
export type { NodeComponents } from './parts.ts'
export { checkStore, type OfflineLedger, openOffline } from './offline.ts'
