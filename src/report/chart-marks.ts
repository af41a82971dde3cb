// Fault marks on a time axis: a line where something was done to the network, named where there is room for a name.
import { px, type Scale } from './chart-scale.ts'
import { faultNodes } from './faults.ts'
import { html, type Markup } from './markup.ts'
import type { FaultMark } from './types.ts'

/** More lines than this hide what they lie on; every n-th is drawn then. */
const LINES_MAX = 120
/** Pixels between the starts of two names, by letter. */
const LETTER_WIDTH = 7
const NAMES_SHOWN = 3

export function faultLines(faults: readonly FaultMark[], x: Scale, top: number, bottom: number): Markup {
  const every = Math.ceil(faults.length / LINES_MAX)
  let free = Number.NEGATIVE_INFINITY
  return html`${faults
    .filter((_, index) => index % every === 0)
    .map((mark) => {
      const at = px(x.at(mark.at_s))
      const isRoom = at >= free
      if (isRoom) free = at + mark.kind.length * LETTER_WIDTH + 8
      const name = isRoom ? html`<text class="fault-name" x="${at + 3}" y="${top + 9}">${mark.kind}</text>` : undefined
      return html`<g class="fault"><title>${faultText(mark)}</title><path d="M${at} ${top}V${bottom}"/>${name}</g>`
    })}`
}

/** `12.5 s: crash n3, n4` */
function faultText(mark: FaultMark): string {
  const { at_s, kind, note } = mark
  return [`${at_s.toFixed(1)} s: ${kind} ${faultNodes(mark, NAMES_SHOWN)}`.trimEnd(), note]
    .filter((text) => text !== undefined)
    .join(' · ')
}
