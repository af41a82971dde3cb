// The canvas with everything that belongs to it: size, colours, layout, what the pointer is over. `draw` makes a frame.
import { type LiveItem, NOBODY } from '../../api/client/index.ts'
import type { Session } from '../session.ts'
import { holdersAt } from '../view/coverage.ts'
import { type LinkView, linksAt } from '../view/links.ts'
import { hasRepaired } from '../view/rounds.ts'
import { wavesAt } from '../view/waves.ts'
import { type Colours, coloursOf, watchTheme } from './colours.ts'
import { type Arc, drawScene, type Looked, type Point } from './draw.ts'
import { Layout } from './layout.ts'

/** Steps before the first picture. */
const SETTLE_STEPS = 120
/** A round's arc fades in this, in screen time, ms. */
const ROUND_MS = 900
/** As far as a ripple around a node goes. */
const MARGIN = 50
/** The moment of links that are looked at as they change. */
const NOW = Number.POSITIVE_INFINITY
/** Nodes are at most this large, and never larger than they are far from each other. */
const RADIUS_MAX = 17
const RADIUS_MIN = 4.5
/** The view follows the layout's bounds softly: the share that is made up each frame. */
const FOLLOW = 0.12

export class Stage {
  hovered: number | undefined
  readonly #session: Session
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #ends: (() => void)[] = []
  #layout: Layout | undefined
  #colours: Colours
  #width = 0
  #height = 0
  #view: { scale: number; x: number; y: number } | undefined
  #points: Point[] = []
  #links: { version: number; at: number; all: LinkView[] } = { version: -1, at: Number.NaN, all: [] }

  constructor(session: Session, canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('no canvas')
    this.#session = session
    this.#canvas = canvas
    this.#context = context
    this.#colours = coloursOf(canvas.parentElement ?? document.body)
    const resized = new ResizeObserver(() => this.#resize())
    resized.observe(canvas)
    this.#ends.push(
      () => resized.disconnect(),
      watchTheme(() => {
        this.#colours = coloursOf(canvas.parentElement ?? document.body)
      })
    )
  }

  end(): void {
    for (const end of this.#ends) end()
  }

  draw(): void {
    const { timeline, network, at, playback, selection } = this.#session
    if (timeline.run === undefined || this.#width === 0) return
    const links = this.#linksNow()
    const layout = this.#layoutFor(links)
    layout.step()
    this.#points = this.#project(layout)
    const context = this.#context
    context.clearRect(0, 0, this.#width, this.#height)
    const item = selection === undefined || selection.kind === 'node' ? undefined : timeline.item(selection.id)
    const scene = {
      network,
      links,
      waves: wavesAt(timeline, at, { glowMs: playback.glowMs, only: playback.replaying }),
      rounds: this.#rounds(),
      points: this.#points,
      radius: this.#radius(),
      selected: selection?.kind === 'node' ? selection.node : undefined,
      hovered: this.hovered,
      looked: item === undefined ? undefined : lookedAt(item, at)
    }
    drawScene(context, scene, this.#colours)
  }

  /** The node at a place on the page. */
  nodeAt(clientX: number, clientY: number): number | undefined {
    const { left, top } = this.#canvas.getBoundingClientRect()
    const reach = Math.max(14, this.#radius() + 4)
    let nearest: { node: number; distance: number } | undefined
    for (const [node, { x, y }] of this.#points.entries()) {
      const distance = Math.hypot(x - (clientX - left), y - (clientY - top))
      if (distance <= reach && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) nearest = { node, distance }
    }
    return nearest?.node
  }

  /** Links change seldom; a moment of the past is asked for once. */
  #linksNow(): LinkView[] {
    const { timeline, at, playback } = this.#session
    const { linksVersion: version } = timeline
    const moment = playback.isLive ? NOW : at
    const isSame = this.#links.version === version && this.#links.at === moment
    if (!isSame) this.#links = { version, at: moment, all: linksAt(timeline, Math.min(moment, timeline.now)) }
    return this.#links.all
  }

  #layoutFor(links: readonly LinkView[]): Layout {
    const { network } = this.#session
    const groupOf = (node: number): number => network.nodes[node]?.group ?? 0
    if (this.#layout?.places.length === network.nodes.length) {
      this.#layout.update(links, groupOf)
      return this.#layout
    }
    this.#layout = new Layout(network.nodes.length)
    this.#layout.update(links, groupOf)
    this.#layout.settle(SETTLE_STEPS)
    this.#view = undefined
    return this.#layout
  }

  #project(layout: Layout): Point[] {
    const { left, top, right, bottom } = layout.bounds()
    const [width, height] = [this.#width - 2 * MARGIN, this.#height - 2 * MARGIN]
    const scale = Math.min(2.4, width / Math.max(1, right - left), height / Math.max(1, bottom - top))
    const wanted = { scale, x: (left + right) / 2, y: (top + bottom) / 2 }
    const view = this.#view ?? wanted
    this.#view = {
      scale: view.scale + (wanted.scale - view.scale) * FOLLOW,
      x: view.x + (wanted.x - view.x) * FOLLOW,
      y: view.y + (wanted.y - view.y) * FOLLOW
    }
    const { scale: zoom, x: centreX, y: centreY } = this.#view
    return layout.places.map(({ x, y }) => ({
      x: this.#width / 2 + (x - centreX) * zoom,
      y: this.#height / 2 + (y - centreY) * zoom
    }))
  }

  #radius(): number {
    const nodes = Math.max(1, this.#points.length)
    const room = Math.sqrt((this.#width * this.#height) / nodes)
    return Math.max(RADIUS_MIN, Math.min(RADIUS_MAX, room * 0.13))
  }

  #rounds(): Arc[] {
    const { timeline, at, playback } = this.#session
    const fadeMs = ROUND_MS * Math.max(playback.rate, 0.001)
    const arcs: Arc[] = []
    for (let i = timeline.rounds.length - 1; i >= 0; i--) {
      const round = timeline.rounds[i]
      if (round === undefined || round.at < at - fadeMs) break
      if (round.at > at || !hasRepaired(round)) continue
      arcs.push({ from: round.node, to: round.peer, strength: 1 - (at - round.at) / fadeMs })
    }
    return arcs
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#canvas
    const ratio = Math.min(2, devicePixelRatio)
    this.#width = clientWidth
    this.#height = clientHeight
    this.#view = undefined
    this.#canvas.width = Math.round(clientWidth * ratio)
    this.#canvas.height = Math.round(clientHeight * ratio)
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
  }
}

/** Who had an item at a time, and who had told them. */
function lookedAt(item: LiveItem, at: number): Looked {
  const holders = holdersAt(item, at)
  const told = holders.map((to) => ({ from: item.from[to] ?? NOBODY, to }))
  return { kind: item.kind, holders: new Set(holders), told }
}
