/**
 * Starling as a library: a node, and a testnet of them.
 *
 * ```ts
 * import { createNode, runTestnet } from 'starling-node'
 *
 * const testnet = await runTestnet({ nodes: 5, duration: '10s' }, { directory: 'run' })
 * testnet.subscribe((event) => {
 *   if (event.type === 'delivered' && event.kind === 'block') console.log(event.node, event.height, event.via)
 * })
 * const { report } = await testnet.finished
 * console.log(report.blocks.coverage_ms)
 * ```
 *
 * @packageDocumentation
 */
import { startTestnet, type TestnetOptions, type TestnetRun } from './engine/tcp/index.ts'
import { simulate as runSimulation, type SimulationOptions } from './engine/virtual/index.ts'
import { type Node, type NodeOptions, openNode } from './node/index.ts'
import type { MemberInfo } from './peers/index.ts'
import { version } from './runtime/index.ts'
import { parseScenario, type ScenarioInput } from './scenario/index.ts'

export { startNodeApi, nodeService } from './api/index.ts'
export { createNodeClient, createTestnetClient } from './api/client/index.ts'
export { keyPairFromSecret, keyPairFromLabel, type KeyPair } from './crypto/index.ts'
export type { FleetNode, FinishedRun, StopMode, TestnetOptions, TestnetRun } from './engine/tcp/index.ts'
export {
  createGenesis,
  DEVELOPMENT_ACCOUNTS,
  developmentKey,
  type Genesis,
  type GenesisFile,
  parseGenesis
} from './ledger/index.ts'
export type { Node, NodeOptions } from './node/index.ts'
export type { MemberInfo } from './peers/index.ts'
export type { Report } from './report/index.ts'
export { realRuntime, silentLogger, stderrLogger } from './runtime/index.ts'
export { loadScenario, type Scenario, type ScenarioInput } from './scenario/index.ts'
export type { NamedEvent, NodeEvent } from './trace/index.ts'
export { fromHex, signTransaction, toHex, type Transaction, type TransactionFields } from './wire/index.ts'
export type { SimulationOptions }
export type FinishedSimulation = Awaited<ReturnType<typeof runSimulation>>
export { version }

/**
 * Opens a node's store and composes the node. Nothing is on the network until `start()`; `stop()` closes everything.
 * Rejects with an error whose `code` says why: `locked`, `wrong-network`, `wrong-schema`, `corrupt`, `bad-key-file`.
 */
export function createNode(options: NodeOptions): Promise<Node> {
  return openNode(options)
}

/**
 * Live members of a node's network with all these tags (`role` too), this node among them: who offers what, without a
 * server. Empty for a node without membership.
 */
export function findServices(node: Node, tags: Readonly<Record<string, string>>): MemberInfo[] {
  return node.membership?.find({ tags, state: 'alive' }) ?? []
}

/**
 * Runs a local testnet in worker processes; resolves once it is meshed and under load. Missing fields of the scenario
 * take their defaults. Reports and data go into `directory`. Rejects with `ScenarioError` for a scenario that is none.
 */
export async function runTestnet(
  scenario: ScenarioInput,
  options: Omit<TestnetOptions, 'version'>
): Promise<TestnetRun> {
  return startTestnet(parseScenario(scenario), { ...options, version })
}

/**
 * Runs a scenario in virtual time, in a worker thread; resolves with its report. Twice the same seed gives the same
 * report but for its `environment`. Missing fields of the scenario take their defaults.
 */
export async function simulate(scenario: ScenarioInput, options: SimulationOptions = {}): Promise<FinishedSimulation> {
  return runSimulation(parseScenario(scenario), options)
}
