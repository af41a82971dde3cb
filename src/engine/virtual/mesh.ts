// Connects a simulated network along its edges, and waits until gossip reaches everyone.
import { tcpEngineDefaults } from '../../config/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { meshProgress, unmeshed } from '../common/meshed.ts'
import { wantedDegrees } from '../common/peers.ts'
import type { RunPlan } from '../common/plan.ts'
import type { VirtualNetwork } from './network.ts'
import type { Pace } from './pace.ts'
import type { VirtualNode } from './virtual-node.ts'

export interface MeshComponents {
  readonly network: VirtualNetwork
  readonly plan: RunPlan
  readonly scenario: Scenario
  readonly nameOfPeer: ReadonlyMap<string, string>
  readonly pace: Pace
}

/** Resolves with what the report is to say of a network that did not mesh in time, or undefined. */
export async function meshNetwork(components: MeshComponents): Promise<string | undefined> {
  const { network, plan, scenario, nameOfPeer, pace } = components
  const { names } = plan
  const { up } = network
  const present = new Set(up.map(({ index }) => index))
  const edges = plan.edges.filter(([dialer, listener]) => present.has(dialer) && present.has(listener))
  const degrees = wantedDegrees(scenario, edges, present)
  for (const [dialer, listener] of edges) network.dial(dialer, listener)
  const gossips = scenario.relay !== 'rounds'
  // The whole is looked at only when each node by itself is ready, and those only until they are.
  let waiting = up.filter(({ isHonest }) => isHonest)
  const expected = waiting.map(({ name }) => name)
  const progress = () => meshProgress(network.measure(), { degrees, names, gossips }, nameOfPeer, expected)
  const isMeshed = (): boolean => {
    waiting = waiting.filter((node) => !isReady(node, degrees[node.index] ?? 0, gossips))
    return waiting.length === 0 && progress().meshed
  }
  const waitMs = tcpEngineDefaults.meshWaitMaxMs
  if (await pace.until(isMeshed, waitMs)) return undefined
  const attacked = up.some(({ isHonest }) => !isHonest)
  return unmeshed({ ready: progress().ready, expected: expected.length, attacked }, waitMs)
}

function isReady({ node }: VirtualNode, wanted: number, gossips: boolean): boolean {
  if (node.peers.peers().length < wanted) return false
  return (
    !gossips ||
    wanted === 0 ||
    (node.gossip.meshPeers('block').length > 0 && node.gossip.meshPeers('transaction').length > 0)
  )
}
