// What a run is made of, drawn from its seed: the same in both engines, so that the same scenario and seed have the same
// nodes, edges, links and faults in either.
import { type KeyPair, keyPairFromLabel } from '../../crypto/index.ts'
import type { Random } from '../../runtime/index.ts'
import {
  assignLinks,
  buildTopology,
  type Edge,
  lateNodes,
  type LinkPlan,
  nodeNames,
  type PlannedFault,
  planFaults,
  type Scenario
} from '../../scenario/index.ts'

export interface RunPlan {
  readonly names: readonly string[]
  /** Identity and producer key of each node. */
  readonly keys: readonly KeyPair[]
  readonly edges: readonly Edge[]
  readonly links: LinkPlan
  readonly faults: readonly PlannedFault[]
  /** Nodes that are not there at the start. */
  readonly late: readonly string[]
}

/** `random`: that of the run's seed; it is not advanced. */
export function planRun(scenario: Scenario, seed: number, random: Random): RunPlan {
  const names = nodeNames(scenario.nodes)
  return {
    names,
    keys: names.map((name) => keyPairFromLabel(`starling testnet ${seed} ${name}`)),
    edges: buildTopology(scenario, random.fork('topology')),
    links: assignLinks(scenario, random.fork('links')),
    faults: planFaults(scenario, random.fork('faults'), names),
    late: lateNodes(scenario, random.fork('faults'), names)
  }
}
