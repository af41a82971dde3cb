// A node: its parts put together, and its life.
export { KeyFileError } from './key-file.ts'
export type { NodeComponents, NodeInit, NodeState } from './node.ts'
export { Node } from './node.ts'
export type { NodeOptions } from './open-node.ts'
export { openNode } from './open-node.ts'
