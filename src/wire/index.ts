// Bytes: fixed layouts of consensus objects, and the protobuf messages around them, each with its size limit.
export * from './block.ts'
export * from './bytes.ts'
export * from './compact-block.ts'
export * from './generated/messages.js'
export { TraceEvent } from './generated/trace.js'
export * from './header.ts'
export * from './member.ts'
export * from './transaction.ts'
