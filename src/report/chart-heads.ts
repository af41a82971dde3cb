// Forks and agreement over time: how many of the nodes had the most common head, how many heads there were, blocks that
// were left behind, and reorganisations by depth; one time axis for all.
import { faultLines } from './chart-marks.ts'
import { linearScale, px, type Scale } from './chart-scale.ts'
import type { BlockDetail, ReportDetails } from './details.ts'
import { formatShare, plural, shortHash } from './format.ts'
import { html, type Markup } from './markup.ts'
import type { AgreementStep, Reorganisation } from './over-time.ts'
import type { FaultMark } from './types.ts'

const WIDTH = 1040
const HEIGHT = 322
const LEFT = 52
const RIGHT = WIDTH - 18
const TOP = 24
/** Lanes, one below the other. */
const SHARE = { top: 62, bottom: 152 }
const HEADS = { top: 178, bottom: 218 }
const FORKS = { top: 244, bottom: 284 }
/** Marks drawn one by one; every n-th beyond. */
const STALE_MAX = 400
const RADIUS_MAX = 9

/** `durationS`: of the measured window; the drain follows it. Undefined when no time was measured. */
export function headsChart(details: ReportDetails, durationS: number, drainS: number): Markup | undefined {
  const { agreement_steps: steps, reorganisations } = details
  const end = durationS + drainS
  if (durationS <= 0 || steps.length === 0) return undefined
  const x = linearScale(0, end, LEFT, RIGHT)
  const stale = thin(details.blocks.filter((block) => block.stale))
  const headsMost = steps.reduce((most, { heads }) => Math.max(most, heads), 1)
  const least = steps.reduce((low, { share }) => Math.min(low, share), 1)
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="heads-title heads-desc">
<title id="heads-title">Agreement, forks and reorganisations over the run</title>
<desc id="heads-desc">From above: share of the nodes that had the most common head, never below ${formatShare(least)};
number of different heads, ${headsMost} at most; ${stale.length} stale blocks and ${reorganisations.all}
reorganisations. The same events are in the table below.</desc>
${x.ticks.map((s) => {
  return html`<path class="grid" d="M${px(x.at(s))} ${SHARE.top}V${FORKS.bottom}"/><text class="tick" x="${px(
    x.at(s)
  )}" y="${HEIGHT - 14}" text-anchor="middle">${s} s</text>`
})}
${lane('nodes with the most common head', SHARE.top)}${sharePath(steps, x, end)}
${lane('different heads', HEADS.top)}${headsPath(steps, x, end, headsMost)}
${lane('stale blocks, and reorganisations by depth', FORKS.top)}
<path class="grid" d="M${LEFT} ${FORKS.bottom}H${RIGHT}"/>
${stale.map((block) => staleMark(block, x))}
${reorganisations.shown.map((reorganisation) => reorganisationMark(reorganisation, x))}
${drain(durationS, drainS, x)}
${faultLines(details.faults satisfies readonly FaultMark[], x, TOP, FORKS.bottom)}
</svg>`
}

function lane(text: string, top: number): Markup {
  return html`<text class="axis" x="${LEFT}" y="${top - 6}">${text}</text>`
}

function sharePath(steps: readonly AgreementStep[], x: Scale, end: number): Markup {
  const y = linearScale(0, 1, SHARE.bottom, SHARE.top)
  return html`${[0, 0.5, 1].map((share) => {
    return html`<path class="grid" d="M${LEFT} ${px(y.at(share))}H${RIGHT}"/><text class="tick" x="${LEFT - 8}" y="${px(
      y.at(share) + 4
    )}" text-anchor="end">${share * 100}%</text>`
  })}<path class="area" d="M${LEFT} ${SHARE.bottom}${stepped(steps, x, y, end, ({ share }) => share)}V${SHARE.bottom}Z"/>`
}

function headsPath(steps: readonly AgreementStep[], x: Scale, end: number, most: number): Markup {
  const y = linearScale(0, Math.max(2, most), HEADS.bottom, HEADS.top)
  const path = stepped(steps, x, y, end, ({ heads }) => heads)
  return html`${[0, Math.max(2, most)].map((heads) => {
    return html`<path class="grid" d="M${LEFT} ${px(y.at(heads))}H${RIGHT}"/><text class="tick" x="${LEFT - 8}" y="${px(
      y.at(heads) + 4
    )}" text-anchor="end">${heads}</text>`
  })}<path class="line heads" d="M${LEFT} ${px(y.at(steps[0]?.heads ?? 1))}${path}"/>`
}

function stepped(
  steps: readonly AgreementStep[],
  x: Scale,
  y: Scale,
  end: number,
  value: (step: AgreementStep) => number
): string {
  const path = steps.map((step) => `H${px(x.at(step.at_s))}V${px(y.at(value(step)))}`)
  return `${path.join('')}H${px(x.at(end))}`
}

function staleMark(block: BlockDetail, x: Scale): Markup {
  const at = px(x.at(block.at_s))
  return html`<g class="stale"><title>#${block.height ?? '?'} ${shortHash(block.id)} by ${block.origin}, made at ${block.at_s.toFixed(
    1
  )} s, went stale</title><path class="stale-block" d="M${at} ${FORKS.bottom - 12}l5 5l-5 5l-5 -5z"/></g>`
}

function reorganisationMark({ at_s, depth, nodes, height }: Reorganisation, x: Scale): Markup {
  const radius = Math.min(RADIUS_MAX, 3 + depth)
  return html`<g class="reorg"><title>${at_s.toFixed(1)} s: ${plural(nodes, 'node')} left ${plural(depth, 'block')} for #${height}</title><circle cx="${px(
    x.at(at_s)
  )}" cy="${FORKS.top + 14}" r="${radius}"/></g>`
}

function drain(durationS: number, drainS: number, x: Scale): Markup | undefined {
  if (drainS <= 0) return undefined
  const left = px(x.at(durationS))
  const width = px(x.at(durationS + drainS)) - left
  return html`<rect class="drain" x="${left}" y="${TOP}" width="${px(width)}" height="${FORKS.bottom - TOP}"><title>drain</title></rect>`
}

function thin(blocks: readonly BlockDetail[]): BlockDetail[] {
  const every = Math.ceil(blocks.length / STALE_MAX)
  return blocks.filter((_, index) => index % every === 0)
}
