// What a run is made of, drawn from its seed: the same in both engines, so that the same scenario and seed have the same
// nodes, edges, links and faults in either.
import { type KeyPair, keyPairFromLabel } from '../../crypto/index.ts'
import type { Random } from '../../runtime/index.ts'
import {
  assignLinks,
  type Edge,
  lateNodes,
  type LinkPlan,
  type Misbehaviour,
  nodeNames,
  type PlannedFault,
  planFaults,
  rolesOf,
  type Scenario
} from '../../scenario/index.ts'
import { producersOf } from './genesis.ts'
import { plannedEdges } from './peers.ts'

export interface RunPlan {
  readonly names: readonly string[]
  /** Identity and producer key of each node. */
  readonly keys: readonly KeyPair[]
  /** Who is told whose address, dialer first. */
  readonly edges: readonly Edge[]
  readonly links: LinkPlan
  /** Undefined: honest. */
  readonly roles: readonly (Misbehaviour | undefined)[]
  /** Nodes that make blocks, or misbehave, while the run is measured. */
  readonly produces: readonly boolean[]
  readonly faults: readonly PlannedFault[]
  /** Nodes that are not there at the start. */
  readonly late: readonly string[]
}

/** `random`: that of the run's seed; it is not advanced. */
export function planRun(scenario: Scenario, seed: number, random: Random): RunPlan {
  const names = nodeNames(scenario.nodes)
  const roles = rolesOf(scenario)
  const producers = producersOf(scenario)
  const late = lateNodes(scenario, random.fork('faults'), names)
  return {
    names,
    keys: names.map((name) => keyPairFromLabel(`starling testnet ${seed} ${name}`)),
    edges: plannedEdges(scenario, random.fork('topology'), names, late),
    links: assignLinks(scenario, random.fork('links')),
    roles,
    produces: roles.map((role, i) => role !== undefined || producers[i] === true),
    faults: planFaults(scenario, random.fork('faults'), names),
    late
  }
}
