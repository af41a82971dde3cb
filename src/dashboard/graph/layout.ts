// Where nodes are drawn: connections pull, nodes push, and the sides of a partition drift apart. Positions are kept, so
// that a node that comes back is where it was.
import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum
} from 'd3-force'
import type { LinkView } from '../view/links.ts'

export interface Place extends SimulationNodeDatum {
  readonly node: number
  group: number
  x: number
  y: number
}

interface Spring extends SimulationLinkDatum<Place> {
  readonly source: number
  readonly target: number
}

/** How far the sides of a partition are from the middle, in units of the layout. */
const APART = 150
/** The layout's own measure: the network of 10 nodes is about this wide. */
const SPACING = 62

export class Layout {
  readonly places: readonly Place[]
  readonly #simulation
  readonly #springs = forceLink<Place, Spring>([]).distance(SPACING).strength(0.32)
  #key = ''

  constructor(nodes: number) {
    const radius = SPACING * Math.sqrt(nodes) * 0.6
    this.places = Array.from({ length: nodes }, (_, node) => {
      const angle = (node / nodes) * 2 * Math.PI - Math.PI / 2
      return { node, group: 0, x: Math.cos(angle) * radius, y: Math.sin(angle) * radius }
    })
    this.#simulation = forceSimulation([...this.places])
      .stop()
      .force('springs', this.#springs)
      .force(
        'charge',
        forceManyBody<Place>()
          .strength(-SPACING * 5)
          .distanceMax(SPACING * 8)
      )
      .force('collide', forceCollide<Place>(SPACING * 0.3))
      .force('y', forceY<Place>(0).strength(0.075))
      .velocityDecay(0.35)
      .alphaDecay(0.028)
  }

  /** True while something moves. */
  get isMoving(): boolean {
    return this.#simulation.alpha() > this.#simulation.alphaMin()
  }

  /** What holds the network together now; `groupOf` a node: 0 where all can talk to all. */
  update(links: readonly LinkView[], groupOf: (node: number) => number): void {
    const springs = links
      .filter(({ a, b }) => groupOf(a) === groupOf(b))
      .map(({ a, b }): Spring => ({ source: a, target: b }))
    const key = `${this.places.map(({ node }) => groupOf(node)).join()} ${springs.map(({ source, target }) => `${source}-${target}`).join()}`
    if (key === this.#key) return
    const isFirst = this.#key === ''
    this.#key = key
    const groups = [...new Set(this.places.map(({ node }) => groupOf(node)))].sort()
    // Without a cut 0; else −1 for the first side, 1 for the second, and so on outwards.
    for (const place of this.places) {
      place.group = groups.length < 2 ? 0 : groups.indexOf(groupOf(place.node)) * 2 - (groups.length - 1)
    }
    this.#springs.links(springs)
    this.#simulation
      .force(
        'x',
        forceX<Place>(({ group }) => sideOf(group)).strength(({ group }) => (group === 0 ? 0.045 : 0.12))
      )
      .alpha(isFirst ? 1 : 0.55)
  }

  /** One step; nothing when all are at rest. */
  step(): void {
    if (this.isMoving) this.#simulation.tick()
  }

  /** Moves until it rests, at most so many steps: the first picture is not a tangle. */
  settle(steps: number): void {
    for (let i = 0; i < steps && this.isMoving; i++) this.#simulation.tick()
  }

  bounds(): { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number } {
    const xs = this.places.map(({ x }) => x)
    const ys = this.places.map(({ y }) => y)
    return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
  }
}

const sideOf = (group: number): number => group * APART
