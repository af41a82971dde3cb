// Membership of a run's nodes, as the scenario says.
import { membershipDefaults, type MembershipSettings } from '../../config/index.ts'
import type { Scenario } from '../../scenario/index.ts'

/** Undefined where the scenario switches it off. */
export function membershipSettings(
  { membership: { interval, max } }: Scenario,
  produces: boolean
): MembershipSettings | undefined {
  if (max === 0) return undefined
  return { ...membershipDefaults, intervalMs: interval, tableMax: max, role: produces ? 'miner' : 'node' }
}

/** Records of members that are shared at a time: each node's profile, and its heartbeats while they spread. */
export function internedRecords(nodes: number): Readonly<Record<string, number>> {
  return { heartbeat: 4 * nodes + 256, profile: 2 * nodes + 256 }
}
