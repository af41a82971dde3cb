// The typed client of both APIs, on nothing but fetch: it runs in Node and in a browser. This is the room's second
// door, apart from the servers, so that a page never loads what needs Node.
//
//   const node = createNodeClient('http://127.0.0.1:7070')
//   const { head } = await node.status()
//   for await (const event of node.events({ types: ['imported'] })) console.log(event.height)
export type * from '../schemas.ts'
export type { ClientErrorCode } from './error.ts'
export { ApiError } from './error.ts'
export { createNodeClient } from './node.ts'
export { createTestnetClient } from './testnet.ts'
export type { ClientOptions, EventsOptions, NodeClient, TestnetClient, WaitOptions } from './types.ts'
