// A scenario's faults as a list of single steps: selectors drawn, `for` turned into the step that undoes, churn as a
// Poisson process. Which nodes is a function of the generator alone.
import type { Random } from '../runtime/index.ts'
import type { Fault, FaultField, NodeSelector, PlannedFault } from './fault.ts'
import type { Scenario } from './schema.ts'

type Faulty = Pick<Scenario, 'faults' | 'duration'>

/** How long churn goes on in a run without an end when it has none of its own, ms. */
const OPEN_END_MS = 3_600_000
/** Draws of a node that churn takes down before those that are up are listed. */
const DRAWS_MAX = 20

/**
 * All steps by time, at the same time in the order of the scenario. Random nodes are drawn among those that are up by
 * then as far as the plan knows; if there are too few, all of them. What undoes a fault is dropped for a node that a
 * later one of the same sort takes over: who crashes for good is not started by an earlier restart.
 */
export function planFaults(scenario: Faulty, random: Random, names: readonly string[]): PlannedFault[] {
  return new Planner(random, names, joins(scenario, random, names)).plan(scenario)
}

/** Nodes that are not started with the others: they join later. The same `random` as for `planFaults`. */
export function lateNodes(scenario: Faulty, random: Random, names: readonly string[]): string[] {
  const late = new Set([...joins(scenario, random, names).values()].flat())
  return names.filter((name) => late.has(name))
}

/** Who joins by which fault. Drawn first, so that no other fault counts on them; n1 only joins when it is named. */
function joins(scenario: Faulty, random: Random, names: readonly string[]): Map<FaultField, string[]> {
  const late = new Map<FaultField, string[]>()
  for (const [i, fault] of scenario.faults.entries()) {
    if (fault.do !== 'join') continue
    const taken = new Set([...late.values()].flat())
    const pool = names.slice(1).filter((name) => !taken.has(name) && !listed(fault.except).includes(name))
    late.set(fault, choose(fault.nodes, names, pool, random.fork(`fault ${i}`)))
  }
  return late
}

/** The step that undoes a fault, for the nodes that no later fault takes over. */
interface Undo {
  readonly atMs: number
  readonly undo: 'start' | 'resume' | 'restore' | 'heal'
  readonly nodes: Set<string>
}

/** A fault begins; for churn, each single crash. */
interface Moment {
  readonly at: number
  readonly fault: FaultField
  readonly random: Random
}

class Planner {
  readonly #random: Random
  readonly #names: readonly string[]
  readonly #joins: ReadonlyMap<FaultField, string[]>
  readonly #steps: (PlannedFault | Undo)[] = []
  /** Those that are still to come. */
  #undos: Undo[] = []
  /** Until when a node is down. */
  readonly #downUntil = new Map<string, number>()

  constructor(random: Random, names: readonly string[], joins: ReadonlyMap<FaultField, string[]>) {
    this.#random = random
    this.#names = names
    this.#joins = joins
    for (const name of [...joins.values()].flat()) this.#downUntil.set(name, Number.POSITIVE_INFINITY)
  }

  plan({ faults, duration }: Faulty): PlannedFault[] {
    const moments = faults.flatMap((fault, i): Moment[] => {
      const random = this.#random.fork(`fault ${i}`)
      if (fault.do !== 'churn') return [{ at: fault.at, fault, random }]
      const end = fault.for === undefined ? (duration ?? fault.at + OPEN_END_MS) : fault.at + fault.for
      return poisson(fault.at, end, fault.rate, random).map((at) => ({ at, fault, random }))
    })
    for (const moment of byTime(moments, ({ at }) => at)) this.#take(moment)
    return byTime(this.#steps, ({ atMs }) => atMs).flatMap((step) => ('undo' in step ? undoing(step) : [step]))
  }

  #take({ at, fault, random }: Moment): void {
    switch (fault.do) {
      case 'crash':
      case 'stop':
        this.#stop(at, fault.do, this.#choose(fault, at, random), at + (fault.for ?? Number.POSITIVE_INFINITY))
        return
      case 'restart':
        this.#stop(at, 'crash', this.#choose(fault, at, random), at)
        return
      case 'wipe':
        this.#stop(at, 'wipe', this.#choose(fault, at, random), at + (fault.for ?? 0))
        return
      case 'churn': {
        const node = this.#pickUp(at, listed(fault.except), random)
        if (node !== undefined) this.#stop(at, 'crash', [node], at + fault.down)
        return
      }
      case 'join': {
        const nodes = this.#joins.get(fault) ?? []
        for (const node of nodes) this.#downUntil.set(node, at)
        this.#step(at, { kind: 'start', nodes })
        return
      }
      case 'pause': {
        const nodes = this.#choose(fault, at, random)
        this.#step(at, { kind: 'pause', nodes })
        this.#undo('resume', nodes, at, fault.for)
        return
      }
      case 'cut':
        this.#step(at, { kind: 'cut', nodes: this.#choose(fault, at, random) })
        return
      case 'slow': {
        const { latency: latencyMs, bandwidth, loss } = fault
        const nodes = this.#choose(fault, at, random)
        this.#step(at, { kind: 'slow', nodes, latencyMs, loss, ...(bandwidth === undefined ? {} : { bandwidth }) })
        this.#undo('restore', nodes, at, fault.for)
        return
      }
      case 'partition':
        this.#step(at, { kind: 'partition', groups: this.#groups(fault.groups, random) })
        this.#undo('heal', this.#names, at, fault.for)
        return
      case 'heal':
        this.#step(at, { kind: 'heal' })
        this.#undo('heal', this.#names, at, undefined)
        return
    }
  }

  #stop(at: number, kind: 'crash' | 'stop' | 'wipe', nodes: readonly string[], until: number): void {
    this.#step(at, { kind, nodes })
    for (const node of nodes) this.#downUntil.set(node, until)
    this.#undo('start', nodes, at, until - at)
  }

  #step(atMs: number, fault: Fault): void {
    if (!('nodes' in fault) || fault.nodes.length > 0) this.#steps.push({ atMs, fault })
  }

  /** Plans the step that undoes, and takes these nodes out of the earlier ones that would come after now. */
  #undo(undo: Undo['undo'], nodes: readonly string[], at: number, after: number | undefined): void {
    this.#undos = this.#undos.filter(({ atMs }) => atMs > at)
    for (const earlier of this.#undos) {
      if (earlier.undo === undo) for (const node of nodes) earlier.nodes.delete(node)
    }
    if (after === undefined || after === Number.POSITIVE_INFINITY) return
    const step: Undo = { atMs: at + after, undo, nodes: new Set(nodes) }
    this.#undos.push(step)
    this.#steps.push(step)
  }

  #choose(fault: { nodes: NodeSelector; except?: NodeNames | undefined }, at: number, random: Random): string[] {
    const except = listed(fault.except)
    return choose(
      fault.nodes,
      this.#names,
      this.#up(at).filter((name) => !except.includes(name)),
      random
    )
  }

  #up(at: number): string[] {
    return this.#names.filter((name) => this.#isUp(name, at))
  }

  #isUp(name: string, at: number): boolean {
    return (this.#downUntil.get(name) ?? 0) <= at
  }

  /** A random node that is up: mostly at the first draw, which a list of thousands of names for each would not be. */
  #pickUp(at: number, except: readonly string[], random: Random): string | undefined {
    const fits = (name: string): boolean => this.#isUp(name, at) && !except.includes(name)
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const name = random.pick(this.#names)
      if (name !== undefined && fits(name)) return name
    }
    return random.pick(this.#names.filter(fits))
  }

  /** No node is in two groups: those that are named come first, then the drawn ones. */
  #groups(selectors: readonly NodeSelector[], random: Random): string[][] {
    const taken = new Set(selectors.flatMap((selector) => named(selector) ?? []))
    return selectors.map((selector) => {
      const group =
        named(selector) ??
        choose(
          selector,
          this.#names,
          this.#names.filter((name) => !taken.has(name)),
          random
        )
      for (const name of group) taken.add(name)
      return group
    })
  }
}

function undoing({ atMs, undo, nodes }: Undo): PlannedFault[] {
  if (nodes.size === 0) return []
  return [{ atMs, fault: undo === 'heal' ? { kind: 'heal' } : { kind: undo, nodes: [...nodes] } }]
}

type NodeNames = string | readonly string[]

function listed(names: NodeNames | undefined): readonly string[] {
  return typeof names === 'string' ? [names] : (names ?? [])
}

/** The names in a selector; `undefined` when it is a number or a share. */
export function named(selector: NodeSelector): string[] | undefined {
  if (typeof selector === 'number' || shareOf(selector) !== undefined) return undefined
  return [...listed(selector)]
}

/** `30%` → 0.3 */
export function shareOf(selector: NodeSelector): number | undefined {
  const percent = typeof selector === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(selector)?.[1] : undefined
  return percent === undefined ? undefined : Number(percent) / 100
}

/** In the order of `names`. A share is one of all `names`, rounded, at least one node. */
function choose(selector: NodeSelector, names: readonly string[], pool: readonly string[], random: Random): string[] {
  const chosen = new Set(named(selector) ?? random.shuffle(pool).slice(0, countOf(selector, names.length)))
  return names.filter((name) => chosen.has(name))
}

/** How many nodes a selector draws or names. */
export function countOf(selector: NodeSelector, nodes: number): number {
  if (typeof selector === 'number') return selector
  const share = shareOf(selector)
  return share === undefined ? listed(selector).length : Math.max(1, Math.round(share * nodes))
}

/** Times of a Poisson process of `perMinute` events, from `start` to `end`. */
function poisson(start: number, end: number, perMinute: number, random: Random): number[] {
  const times: number[] = []
  if (perMinute === 0) return times
  const gap = (): number => random.exponential(60_000 / perMinute)
  for (let at = start + gap(); at < end; at += gap()) times.push(Math.round(at))
  return times
}

function byTime<T>(items: readonly T[], timeOf: (item: T) => number): T[] {
  return items.toSorted((a, b) => timeOf(a) - timeOf(b))
}
