// What each fault is on real processes and sockets: signals for single nodes, the link shapers for everything between
// them. Says which nodes it happened to; one that is in no state for it is left out.
import type { Clock } from '../../runtime/index.ts'
import type { Fault } from '../../scenario/index.ts'
import type { FaultEvent, NamedEvent } from '../../trace/index.ts'
import type { FaultOutcome } from '../common/fault-runner.ts'
import type { LinkState } from '../common/link-state.ts'
import type { Fleet } from './fleet.ts'
import type { RemoteNode } from './remote-node.ts'

/** A fault that can't be done to these nodes; the message says why and what to do. */
class FaultError extends Error {
  readonly code: 'unknown-node' | 'shared-process'
  readonly hint: string
  constructor(code: 'unknown-node' | 'shared-process', message: string, hint: string) {
    super(message)
    this.name = 'FaultError'
    this.code = code
    this.hint = hint
  }
}

export interface FaultsComponents {
  readonly names: readonly string[]
  readonly fleet: Fleet
  readonly links: LinkState
  readonly clock: Clock
  readonly onEvents: (events: readonly NamedEvent[]) => void
}

export class Faults {
  readonly #components: FaultsComponents
  readonly #places: ReadonlyMap<string, number>

  constructor(components: FaultsComponents) {
    this.#components = components
    this.#places = new Map(components.names.map((name, place) => [name, place]))
  }

  /** Rejects with `FaultError`, before anything has happened. */
  readonly apply = async (fault: Fault): Promise<FaultOutcome> => {
    this.#check(fault)
    switch (fault.kind) {
      case 'partition':
        return this.#partition(fault.groups)
      case 'heal':
        return this.#heal()
      case 'slow':
        for (const name of fault.nodes) this.#components.links.slow(this.#place(name), fault)
        return this.#reshape(fault.kind, fault.nodes)
      case 'restore': {
        const slowed = fault.nodes.filter((name) => this.#components.links.restore(this.#place(name)))
        return this.#reshape(fault.kind, slowed)
      }
      case 'crash':
      case 'stop':
      case 'wipe':
      case 'start':
      case 'pause':
      case 'resume':
      case 'cut':
        return this.#each(fault.kind, fault.nodes)
    }
  }

  async #each(kind: NodeFault, nodes: readonly string[]): Promise<FaultOutcome> {
    const { fleet, clock } = this.#components
    const actions: Readonly<Record<NodeFault, (node: RemoteNode) => Promise<boolean>>> = {
      crash: (node) => node.crash(),
      stop: (node) => node.halt(),
      wipe: (node) => node.wipe(),
      start: ({ name }) => fleet.startAgain(name),
      pause: (node) => node.pause(),
      resume: (node) => node.resume(),
      cut: (node) => node.cut()
    }
    const done = await Promise.all(
      nodes.map(async (name) => {
        const begunAt = clock.now()
        const node = fleet.remote(name)
        const happened = await actions[kind](node)
        if (!happened) return []
        // A node comes back from when it was told to; anything else has happened when it is over for the node.
        const at = kind === 'start' || kind === 'resume' ? begunAt : kind === 'cut' ? clock.now() : node.since
        this.#tell([name], kind, at)
        return [{ name, at }]
      })
    )
    const changed = done.flat().map(({ name }) => name)
    return {
      nodes: changed,
      at: Math.max(...done.flat().map(({ at }) => at)),
      notes: kind === 'crash' || kind === 'wipe' ? changed.flatMap((name) => this.#shared(name)) : []
    }
  }

  async #partition(groups: readonly (readonly string[])[]): Promise<FaultOutcome> {
    const { links, fleet, names, clock } = this.#components
    links.partition(groups.map((group) => group.map((name) => this.#place(name))))
    const at = clock.now()
    await fleet.shapeLinks()
    for (const name of names) this.#tell([name], 'partition', at, groups.findIndex((group) => group.includes(name)) + 1)
    return { nodes: groups.flat(), notes: [] }
  }

  async #heal(): Promise<FaultOutcome> {
    const { links, names } = this.#components
    if (!links.isPartitioned) return { nodes: [], notes: ['There was no partition.'] }
    links.heal()
    return this.#reshape('heal', names)
  }

  async #reshape(kind: 'heal' | 'slow' | 'restore', nodes: readonly string[]): Promise<FaultOutcome> {
    const at = this.#components.clock.now()
    await this.#components.fleet.shapeLinks()
    this.#tell(nodes, kind, at)
    return { nodes, notes: [] }
  }

  #tell(nodes: readonly string[], fault: FaultEvent['fault'], at: number, group?: number): void {
    this.#components.onEvents(
      nodes.map((node) => ({ type: 'fault', node, fault, at, ...(group === undefined ? {} : { group }) }))
    )
  }

  #check(fault: Fault): void {
    const named = 'groups' in fault ? fault.groups.flat() : 'nodes' in fault ? fault.nodes : []
    const unknown = named.filter((name) => !this.#places.has(name))
    if (unknown.length > 0) {
      const { names } = this.#components
      const known = names.length > 12 ? `${names[0]} to ${names.at(-1)}` : names.join(' ')
      throw new FaultError(
        'unknown-node',
        `There is no node ${unknown.join(', ')} in this testnet.`,
        `Its nodes: ${known}`
      )
    }
    if (fault.kind !== 'pause') return
    for (const name of fault.nodes) {
      const others = this.#components.fleet.remote(name).companions
      if (others.length === 0) continue
      throw new FaultError(
        'shared-process',
        `Only a whole process can be paused, and ${name} shares one with ${others.join(', ')}.`,
        'Start the testnet with --nodes-per-process 1, or name the node in a fault of the scenario.'
      )
    }
  }

  /** What a crash is for a node that shares a process. */
  #shared(name: string): string[] {
    const others = this.#components.fleet.remote(name).companions
    if (others.length === 0) return []
    return [
      `${name} shares a process with ${others.join(', ')}: its connections were reset and it ended without a word, but the process was not killed.`
    ]
  }

  #place(name: string): number {
    return this.#places.get(name) ?? -1
  }
}

type NodeFault = 'crash' | 'stop' | 'wipe' | 'start' | 'pause' | 'resume' | 'cut'

/** Nodes to which the plan does what happens to whole processes. */
export function aloneIn(plan: readonly { readonly fault: Fault }[]): ReadonlySet<string> {
  return new Set(
    plan.flatMap(({ fault }) =>
      fault.kind === 'crash' || fault.kind === 'wipe' || fault.kind === 'pause' ? fault.nodes : []
    )
  )
}
