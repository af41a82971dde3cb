// What a misbehaving node has to work with.
import type { KeyPair } from '../crypto/index.ts'
import type { Gossip, GossipComponents, GossipInit } from '../network/index.ts'
import type { Node, NodeComponents } from '../node/index.ts'
import type { ProducerComponents, ProducerInit } from '../production/index.ts'

export interface Situation {
  /** Its honest half: connected, synced, and as good a peer as any. */
  readonly node: Node
  readonly key: KeyPair
  /** What an honest producer would be made of. */
  readonly production: ProducerComponents
  readonly init: ProducerInit
}

/** A way to misbehave. Everything else about the node is a real one's. */
export interface Role {
  readonly wrap?: (components: NodeComponents) => NodeComponents
  readonly createGossip?: (components: GossipComponents, init: GossipInit) => Gossip
  /** Begins. Returns the function that ends it. */
  readonly act: (situation: Situation) => () => void
}

/** Does something every `intervalMs`, once at a time; what fails is tried again the next time. */
export function repeatedly({ node }: Situation, intervalMs: number, work: () => Promise<void>): () => void {
  let isBusy = false
  const run = (): void => {
    if (isBusy) return
    isBusy = true
    work()
      .catch((error) => node.runtime.logger.debug('misbehaving failed', { error: String(error) }))
      .finally(() => {
        isBusy = false
      })
  }
  const timer = node.runtime.timers.every(intervalMs, run)
  run()
  return () => timer.cancel()
}
