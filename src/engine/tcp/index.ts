// The tcp engine: a testnet of real nodes in worker processes.
export type { FleetNode } from './remote-node.ts'
export type { FinishedRun, StopMode, TestnetOptions, TestnetRun } from './contract.ts'
export { startTestnet } from './testnet.ts'
