// Which nodes misbehave: those at the end of the list, so that n1 stays honest.
import type { Misbehaviour, Scenario } from './schema.ts'

/** The role of each node in the order of the list; `undefined`: honest. */
export function rolesOf({ nodes, roles }: Pick<Scenario, 'nodes' | 'roles'>): (Misbehaviour | undefined)[] {
  const misbehaving = roles.flatMap(({ role, nodes: count }) => Array.from({ length: count }, () => role))
  const honest = Array.from({ length: Math.max(0, nodes - misbehaving.length) }, () => undefined)
  return [...honest, ...misbehaving]
}
