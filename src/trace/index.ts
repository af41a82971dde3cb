// What happened, as data.
export type { EventSource } from './emitter.ts'
export { EventEmitter } from './emitter.ts'
export type * from './events.ts'
