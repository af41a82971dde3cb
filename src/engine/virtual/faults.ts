// What each fault is in virtual time. The same steps as on real processes, and the same words for what came of them.
import type { Clock } from '../../runtime/index.ts'
import type { Fault } from '../../scenario/index.ts'
import type { FaultEvent } from '../../trace/index.ts'
import type { FaultOutcome } from '../common/fault-runner.ts'
import type { LinkFaults } from './link-faults.ts'
import type { Switchboard } from './switchboard.ts'
import type { VirtualNode } from './virtual-node.ts'

export interface VirtualFaultsComponents {
  readonly nodes: readonly VirtualNode[]
  readonly links: LinkFaults
  readonly switchboard: Switchboard
  readonly clock: Clock
  readonly onEvent: (event: FaultEvent & { readonly node: string }) => void
  /** Puts a node on the network, the first time or again. */
  readonly start: (node: VirtualNode) => Promise<void>
  /** Told before a node's counters are gone. */
  readonly onEnding: (node: VirtualNode) => void
}

export class VirtualFaults {
  readonly #components: VirtualFaultsComponents
  readonly #nodes: ReadonlyMap<string, VirtualNode>

  constructor(components: VirtualFaultsComponents) {
    this.#components = components
    this.#nodes = new Map(components.nodes.map((node) => [node.name, node]))
  }

  readonly apply = async (fault: Fault): Promise<FaultOutcome> => {
    const { links, nodes } = this.#components
    switch (fault.kind) {
      case 'partition': {
        const groups = fault.groups.map((group) => this.#find(group))
        links.state.partition(groups.map((group) => group.map(({ index }) => index)))
        links.changed()
        for (const node of nodes) this.#tell(node, 'partition', groups.findIndex((group) => group.includes(node)) + 1)
        return this.#done(groups.flat())
      }
      case 'heal': {
        if (!links.state.isPartitioned) return this.#done([])
        links.state.heal()
        links.changed()
        return this.#told('heal', nodes)
      }
      case 'slow': {
        const slowed = this.#find(fault.nodes)
        for (const { index } of slowed) links.state.slow(index, fault)
        this.#reshape(slowed)
        return this.#told('slow', slowed)
      }
      case 'restore': {
        const restored = this.#find(fault.nodes).filter(({ index }) => links.state.restore(index))
        this.#reshape(restored)
        return this.#told('restore', restored)
      }
      case 'crash':
      case 'stop':
      case 'wipe':
      case 'start':
      case 'pause':
      case 'resume':
      case 'cut':
        return this.#each(fault.kind, this.#find(fault.nodes))
    }
  }

  async #each(kind: NodeFault, nodes: readonly VirtualNode[]): Promise<FaultOutcome> {
    const done = await Promise.all(
      nodes.map((node) =>
        node.inTurn(async () => {
          if (!canHappen(kind, node)) return []
          this.#tell(node, kind)
          await this.#do(kind, node)
          return [node]
        })
      )
    )
    return this.#done(done.flat())
  }

  async #do(kind: NodeFault, node: VirtualNode): Promise<void> {
    const { links, start, onEnding } = this.#components
    switch (kind) {
      case 'crash':
      case 'wipe':
      case 'stop': {
        if (node.state !== 'down') onEnding(node)
        const wasPaused = node.state === 'paused'
        const ended = node.end(kind)
        if (wasPaused) links.resume(node.index)
        return ended
      }
      case 'start':
        return start(node)
      case 'pause':
        links.pause(node.index)
        return node.pause()
      case 'resume':
        node.resume()
        return links.resume(node.index)
      case 'cut': {
        const { host } = node.node
        await Promise.all(host.connections().map(({ peer }) => host.disconnect(peer)))
      }
    }
  }

  #reshape(nodes: readonly VirtualNode[]): void {
    const { links, switchboard } = this.#components
    for (const { index } of nodes) switchboard.setLine(index, links.state.line(index))
    links.changed()
  }

  #told(fault: FaultEvent['fault'], nodes: readonly VirtualNode[]): FaultOutcome {
    for (const node of nodes) this.#tell(node, fault)
    return this.#done(nodes)
  }

  #done(nodes: readonly VirtualNode[]): FaultOutcome {
    return { nodes: nodes.map(({ name }) => name), notes: [] }
  }

  #tell({ name }: VirtualNode, fault: FaultEvent['fault'], group?: number): void {
    const { clock, onEvent } = this.#components
    onEvent({ type: 'fault', node: name, fault, at: clock.now(), ...(group === undefined ? {} : { group }) })
  }

  #find(names: readonly string[]): VirtualNode[] {
    return names.flatMap((name) => this.#nodes.get(name) ?? [])
  }
}

type NodeFault = 'crash' | 'stop' | 'wipe' | 'start' | 'pause' | 'resume' | 'cut'

function canHappen(kind: NodeFault, { state }: VirtualNode): boolean {
  switch (kind) {
    case 'crash':
    case 'stop':
      return state === 'up' || state === 'paused'
    case 'wipe':
      return state !== 'absent'
    case 'start':
      return state === 'absent' || state === 'down'
    case 'pause':
    case 'cut':
      return state === 'up'
    case 'resume':
      return state === 'paused'
  }
}
