// Which nodes of a scenario are honest: those with a misbehaving role are the last ones.
import type { Scenario } from '../../scenario/index.ts'

/** By node, in order. */
export function honestNodes({ nodes, roles }: Pick<Scenario, 'nodes' | 'roles'>): boolean[] {
  const misbehaving = roles.reduce((sum, role) => sum + role.nodes, 0)
  return Array.from({ length: nodes }, (_, node) => node < nodes - misbehaving)
}
