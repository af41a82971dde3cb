// The typed client of both APIs, on nothing but fetch: it runs in Node and in a browser. This is the room's second
// door, apart from the servers, so that a page never loads what needs Node.
//
//   const node = createNodeClient('http://127.0.0.1:7070')
//   const { head } = await node.status()
//   for await (const event of node.events({ types: ['imported'] })) console.log(event.height)
export { FINISHED_LIMITS, LIVE_LIMITS, liveDefaults } from '../../config/index.ts'
export type { Inclusion } from '../live/item.ts'
export { LiveItem, NOBODY } from '../live/item.ts'
export type { Link } from '../live/links.ts'
export type { NodeTimeline } from '../live/timeline.ts'
export { headAt, stateAt, Timeline } from '../live/timeline.ts'
export type * from '../live/types.ts'
export { VIAS } from '../live/types.ts'
export type { TrafficByKind } from '../../trace/index.ts'
export type * from '../schemas.ts'
export type { ClientErrorCode } from './error.ts'
export { ApiError } from './error.ts'
export { createNodeClient } from './node.ts'
export { createTestnetClient } from './testnet.ts'
export type { ClientOptions, EventsOptions, NodeClient, TestnetClient, WaitOptions } from './types.ts'
