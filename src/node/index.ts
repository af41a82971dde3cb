// A node: its parts put together, and its life.
export { ChainImportError, type ChainImportProgress, type ChainImportResult, importChain } from './chain-import.ts'
export { KeyFileError } from './key-file.ts'
export type { NodeMembership } from './membership.ts'
export type { NodeComponents, NodeInit, NodeParts, NodeState } from './node.ts'
export { Node } from './node.ts'
export type { NodeOptions } from './open-node.ts'
export { openNode } from './open-node.ts'
export { checkStore, type OfflineLedger, openOffline } from './offline.ts'
