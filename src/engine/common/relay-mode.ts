// How a scenario's nodes announce blocks.
import type { RelayMode } from '../../config/index.ts'
import type { Scenario } from '../../scenario/index.ts'

/** Throws for a way that no node has. */
export function relayModeOf(relay: Scenario['relay']): RelayMode {
  if (relay === 'rounds') throw new Error('relay: rounds: nodes can relay compact or full, not in rounds.')
  return relay
}
