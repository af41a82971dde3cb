// Draws one frame of the network: links, what travels over them, nodes. Knows no time and keeps nothing.
import { NOBODY } from '../../api/client/index.ts'
import type { LinkView } from '../view/links.ts'
import type { NetworkView, NodeView } from '../view/network.ts'
import type { Pulse, WavesView } from '../view/waves.ts'
import { type Colours, forkColour } from './colours.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Arc {
  readonly from: number
  readonly to: number
  /** 1 when it happened, 0 when it is gone. */
  readonly strength: number
}

export interface Scene {
  readonly network: NetworkView
  readonly links: readonly LinkView[]
  readonly waves: WavesView
  /** Anti-entropy rounds that sent something. */
  readonly rounds: readonly Arc[]
  /** By node, on the canvas. */
  readonly points: readonly Point[]
  readonly radius: number
  readonly selected: number | undefined
  readonly hovered: number | undefined
  /** The item that is looked at: nodes that hold it, and who told them. */
  readonly looked: Looked | undefined
}

export interface Looked {
  readonly kind: Pulse['kind']
  readonly holders: ReadonlySet<number>
  readonly told: readonly { readonly from: number; readonly to: number }[]
}

type Context = CanvasRenderingContext2D

export function drawScene(context: Context, scene: Scene, colours: Colours): void {
  drawLinks(context, scene, colours)
  drawRounds(context, scene, colours)
  drawTree(context, scene, colours)
  drawTrails(context, scene, colours)
  drawGlows(context, scene, colours)
  for (const node of scene.network.nodes) drawNode(context, scene, node, colours)
  drawPulses(context, scene, colours)
  drawLabels(context, scene, colours)
}

/** One path for each look: strokes are what costs. */
function drawLinks(context: Context, { links, points, network, selected }: Scene, colours: Colours): void {
  const crosses = ({ a, b }: LinkView): boolean => network.nodes[a]?.group !== network.nodes[b]?.group
  const touches = ({ a, b }: LinkView): boolean => selected !== undefined && (a === selected || b === selected)
  const stroke = (wanted: (link: LinkView) => boolean, colour: string, width: number, dash: number[]): void => {
    context.beginPath()
    for (const link of links) {
      const [a, b] = [points[link.a], points[link.b]]
      if (a === undefined || b === undefined || !wanted(link)) continue
      context.moveTo(a.x, a.y)
      context.lineTo(b.x, b.y)
    }
    context.strokeStyle = colour
    context.lineWidth = width
    context.setLineDash(dash)
    context.stroke()
    context.setLineDash([])
  }
  const isMesh = ({ block, transaction }: LinkView): boolean => block || transaction
  context.globalAlpha = 0.5
  stroke((link) => !isMesh(link) && !crosses(link) && !touches(link), colours.muted, 1, [2, 4])
  stroke((link) => isMesh(link) && !crosses(link) && !touches(link), colours.muted, links.length > 200 ? 0.7 : 1.1, [])
  context.globalAlpha = links.length > 200 ? 0.35 : 0.7
  stroke(crosses, colours.red, 1.2, [2, 5])
  context.globalAlpha = 0.9
  stroke((link) => touches(link) && !crosses(link), colours.ink, 1.6, [])
  context.globalAlpha = 1
}

function drawRounds(context: Context, { rounds, points }: Scene, colours: Colours): void {
  context.strokeStyle = colours.purple
  context.lineWidth = 2
  context.setLineDash([3, 4])
  for (const { from, to, strength } of rounds) {
    const [a, b] = [points[from], points[to]]
    if (a === undefined || b === undefined) continue
    context.globalAlpha = strength
    context.beginPath()
    context.moveTo(a.x, a.y)
    // Bent, so that it can be told from the connection that it used.
    const [bendX, bendY] = [(a.x + b.x) / 2 + (b.y - a.y) * 0.16, (a.y + b.y) / 2 - (b.x - a.x) * 0.16]
    context.quadraticCurveTo(bendX, bendY, b.x, b.y)
    context.stroke()
  }
  context.setLineDash([])
  context.globalAlpha = 1
}

/** The way that the item that is looked at has gone so far. */
function drawTree(context: Context, { looked, points }: Scene, colours: Colours): void {
  if (looked === undefined) return
  context.beginPath()
  for (const { from, to } of looked.told) {
    const [a, b] = [points[from], points[to]]
    if (a === undefined || b === undefined) continue
    context.moveTo(a.x, a.y)
    context.lineTo(b.x, b.y)
  }
  context.globalAlpha = 0.5
  context.strokeStyle = looked.kind === 'block' ? colours.blue : colours.orange
  context.lineWidth = 2
  context.stroke()
  context.globalAlpha = 1
}

/** Where the wave has just come along. */
function drawTrails(context: Context, { waves, points }: Scene, colours: Colours): void {
  for (const { kind, node, from, strength } of waves.glows) {
    const [a, b] = [points[from], points[node]]
    if (a === undefined || b === undefined) continue
    context.globalAlpha = strength * (kind === 'block' ? 0.9 : 0.45)
    context.strokeStyle = kind === 'block' ? colours.blue : colours.orange
    context.lineWidth = kind === 'block' ? 3 : 1.75
    context.beginPath()
    context.moveTo(a.x, a.y)
    context.lineTo(b.x, b.y)
    context.stroke()
  }
  context.globalAlpha = 1
}

/** A ripple around who has just got it, wider around who made it. */
function drawGlows(context: Context, { waves, points, radius }: Scene, colours: Colours): void {
  for (const { kind, node, from, strength } of waves.glows) {
    const point = points[node]
    if (point === undefined) continue
    const isBlock = kind === 'block'
    const reach = radius * (isBlock ? (from === NOBODY ? 2 : 1.5) : 0.7)
    // Fast at first, as on water.
    const size = radius + 3 + (1 - strength ** 2) * reach
    context.fillStyle = isBlock ? colours.blue : colours.orange
    context.strokeStyle = context.fillStyle
    context.beginPath()
    context.arc(point.x, point.y, size, 0, 2 * Math.PI)
    context.globalAlpha = strength * (isBlock ? 0.3 : 0.25)
    context.fill()
    context.globalAlpha = strength * (isBlock ? 0.8 : 0.5)
    context.lineWidth = isBlock ? 1.5 : 1
    context.stroke()
  }
  context.globalAlpha = 1
}

function drawNode(context: Context, scene: Scene, node: NodeView, colours: Colours): void {
  const point = scene.points[node.node]
  if (point === undefined) return
  const { radius, selected, hovered, looked } = scene
  const isDown = node.state === 'down'
  context.beginPath()
  context.arc(point.x, point.y, radius, 0, 2 * Math.PI)
  context.fillStyle = colours.card
  context.fill()
  context.globalAlpha = looked === undefined || looked.holders.has(node.node) ? 1 : 0.3
  if (isDown) {
    context.setLineDash([2.5, 3])
    context.strokeStyle = colours.muted
    context.lineWidth = 1.5
    context.stroke()
    context.setLineDash([])
  } else {
    context.fillStyle = node.state === 'paused' ? colours.muted : nodeColour(node, colours)
    const alpha = context.globalAlpha
    if (node.standing === 'behind' && node.state === 'up') context.globalAlpha = alpha * 0.42
    context.fill()
    context.globalAlpha = alpha
  }
  if (node.role !== null && !isDown) {
    context.strokeStyle = colours.red
    context.lineWidth = 2
    context.stroke()
  }
  context.globalAlpha = 1
  if (node.node === selected || node.node === hovered) {
    context.beginPath()
    context.arc(point.x, point.y, radius + 4, 0, 2 * Math.PI)
    context.strokeStyle = colours.ink
    context.lineWidth = node.node === selected ? 2 : 1
    context.stroke()
  }
}

function nodeColour({ standing, fork }: NodeView, colours: Colours): string {
  return standing === 'fork' ? forkColour(colours, fork) : colours.blue
}

/** A drop that travels, with a tail. */
function drawPulses(context: Context, { waves, points, radius }: Scene, colours: Colours): void {
  for (const { kind, from, to, progress, fetched } of waves.pulses) {
    const [a, b] = [points[from], points[to]]
    if (a === undefined || b === undefined) continue
    const isBlock = kind === 'block'
    const [x, y] = [a.x + (b.x - a.x) * progress, a.y + (b.y - a.y) * progress]
    const tail = Math.max(0, progress - 0.28)
    context.strokeStyle = fetched ? colours.purple : isBlock ? colours.blue : colours.orange
    context.fillStyle = context.strokeStyle
    context.lineCap = 'round'
    context.globalAlpha = isBlock ? 0.55 : 0.4
    context.lineWidth = isBlock ? 4 : 2
    context.beginPath()
    context.moveTo(a.x + (b.x - a.x) * tail, a.y + (b.y - a.y) * tail)
    context.lineTo(x, y)
    context.stroke()
    context.globalAlpha = 1
    context.beginPath()
    context.arc(x, y, isBlock ? Math.max(3.5, radius * 0.34) : 2.2, 0, 2 * Math.PI)
    context.fill()
  }
  context.lineCap = 'butt'
}

/** Inside where there is room; of small nodes only the one that is pointed at has a name. */
function drawLabels(
  context: Context,
  { network, points, radius, selected, hovered, looked }: Scene,
  colours: Colours
): void {
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const isRoomy = radius >= 11
  for (const { node, name, state, standing } of network.nodes) {
    const point = points[node]
    const isNamed = node === selected || node === hovered
    if (point === undefined || (!isRoomy && !isNamed)) continue
    const isFaint = looked !== undefined && !looked.holders.has(node)
    context.globalAlpha = isFaint ? 0.65 : 1
    if (isRoomy) {
      context.font = `600 ${Math.round(radius * 0.78)}px system-ui, sans-serif`
      const isPale = isFaint || (standing === 'behind' && state === 'up')
      context.fillStyle = state === 'down' ? colours.muted : isPale ? colours.ink : colours.card
      context.fillText(name, point.x, point.y + 0.5)
    } else {
      context.font = '600 13px system-ui, sans-serif'
      context.lineWidth = 4
      context.strokeStyle = colours.card
      context.fillStyle = colours.ink
      context.strokeText(name, point.x, point.y - radius - 11)
      context.fillText(name, point.x, point.y - radius - 11)
    }
  }
  context.globalAlpha = 1
}
