// Rules broken on purpose: what shows that the swarm would notice. Each spoils one part that a node is put together from.
import type { NodeComponents } from '../../src/node/index.ts'
import { overriding } from '../../src/network/index.ts'
import { digestProtocol } from '../../src/sync/index.ts'

export type Sabotage = (name: string, components: NodeComponents) => NodeComponents

const BREAKS = {
  /** n2 credits one more than the reward to who produced a block. */
  'extra-reward': (name, components) => {
    if (name !== 'n2') return components
    const { genesis } = components
    return { ...components, genesis: { ...genesis, file: { ...genesis.file, reward: genesis.file.reward + 1 } } }
  },
  /** Every node acknowledges without writing down. */
  'lost-journal': (_, components) => ({
    ...components,
    store: overriding(components.store, { journal: () => Promise.resolve() })
  }),
  /** Every node finds every signature good, and passes on what it should have refused. */
  'blind-signatures': (_, components) => {
    const verifier = { verify: async () => true, verifyAll: async () => true }
    return { ...components, runtime: { ...components.runtime, verifier } }
  },
  /** Every node leaves the questions of anti-entropy unanswered. */
  'no-repair': (_, components) => {
    const { host } = components
    const handle: typeof host.handle = (protocol, handler, options) =>
      host.handle(protocol, protocol === digestProtocol.id ? () => {} : handler, options)
    return { ...components, host: overriding(host, { handle }) }
  }
} as const satisfies Readonly<Record<string, Sabotage>>

export type BreakName = keyof typeof BREAKS
export const breakNames = Object.keys(BREAKS) as BreakName[]
export const sabotageOf = (name: BreakName): Sabotage => BREAKS[name]
