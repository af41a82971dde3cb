// What a run is: its description, the graph of its network, its load.
export type { ScenarioSource } from './load.ts'
export { formatScenario, loadScenario, ScenarioError, scenarioFields } from './load.ts'
export type { Scenario, ScenarioInput } from './schema.ts'
export { scenarioSchema } from './schema.ts'
export type { Edge } from './topology.ts'
export { randomGraph } from './topology.ts'
export { durationProblem, parseDuration } from './units.ts'
