// What happened, as data, and as files that other tools read too.
export type {
  NodeRecord,
  OtherRecord,
  TracedEvent,
  TracedEventType,
  TracedImport,
  TraceRecord
} from './decoder.ts'
export { decodeTraceRecord } from './decoder.ts'
export type { EventSource } from './emitter.ts'
export { EventEmitter } from './emitter.ts'
export type { TraceNode } from './encoder.ts'
export { TraceEncoder } from './encoder.ts'
export type * from './events.ts'
export { openTraceFile, TRACES, TraceFile } from './file.ts'
export type { MergedRecord } from './merge.ts'
export { MergedTrace } from './merge.ts'
export type { TraceEnd } from './reader.ts'
export { readTrace, traceFiles } from './reader.ts'
export type { TraceCounters } from './recorder.ts'
export { TraceRecorder } from './recorder.ts'
