// The HTTP APIs of a node and of a testnet's controller. The typed client that talks to them, for Node and browsers,
// has a door of its own: client/index.ts.
export type { ApiStartErrorCode } from './fault.ts'
export { ApiStartError } from './fault.ts'
export type { NodeApiInit } from './node-api.ts'
export { nodeOpenApi, startNodeApi } from './node-api.ts'
export type { NodeServiceInit } from './node-service.ts'
export { nodeService } from './node-service.ts'
export type * from './schemas.ts'
export type { RunningApi, ListenOptions } from './server.ts'
export type { NodeService, TestnetService } from './services.ts'
export type { TestnetApiInit } from './testnet-api.ts'
export { startTestnetApi, testnetOpenApi } from './testnet-api.ts'
