// The last 50 blocks: how long until half, 95% and all of the nodes held each.
import type { ComponentChildren } from 'preact'
import { usePanel } from '../hooks.ts'
import { stepAlong } from '../row-keys.ts'
import { type Coverage, coverageAt, newestBlocks } from '../view/coverage.ts'
import { medianOf, scaleOf } from '../view/strip.ts'
import { ms, short } from '../view/format.ts'

const BLOCKS = 50
const HEIGHT = 64

export function Strip() {
  const session = usePanel()
  const { timeline, at } = session
  const blocks = newestBlocks(timeline, at, BLOCKS)
    .reverse()
    .map((block) => ({ block, coverage: coverageAt(timeline, block, at) }))
  const scale = scaleOf(blocks.map(({ coverage }) => coverage))
  const px = (value: number | null): string => `${scale.of(value) * HEIGHT}px`
  const isBeyond = ({ t50, t95, t100 }: Coverage): boolean => (t100 ?? t95 ?? t50 ?? 0) > scale.full
  return (
    <section class="card panel strip" aria-label={`Last ${BLOCKS} blocks`}>
      <h2>
        Last {BLOCKS} blocks
        <span class="note">
          until <Key look="half">half</Key>, <Key look="most">95%</Key>, <Key look="all">all</Key> held it;{' '}
          <span class="cap">median 95% {ms(medianOf(blocks.map(({ coverage }) => coverage)))} ms</span>
          {blocks.some(({ coverage }) => isBeyond(coverage)) ? (
            <>
              ; <Key look="torn">torn above {ms(scale.full)} ms</Key>
            </>
          ) : null}
        </span>
      </h2>
      <div class="bars" role="toolbar" style={{ height: `${HEIGHT}px` }} onKeyDown={stepAlong}>
        {blocks.map(({ block, coverage }, place) => (
          <button
            type="button"
            key={block.id}
            tabIndex={place === blocks.length - 1 ? 0 : -1}
            aria-label={`Block ${block.height ?? ''}`}
            title={`#${block.height ?? '?'} ${short(block.id)}   t50 ${ms(coverage.t50)}  t95 ${ms(coverage.t95)}  all ${ms(coverage.t100)} ms`}
            class={`bar${coverage.t100 === null ? ' open' : ''}${isBeyond(coverage) ? ' torn' : ''}`}
            onClick={() => session.select({ kind: 'block', id: block.id })}
          >
            <i class="all" style={{ height: px(coverage.t100) }} />
            <i class="most" style={{ height: px(coverage.t95 ?? 0) }} />
            <i class="half" style={{ height: px(coverage.t50 ?? 0) }} />
          </button>
        ))}
      </div>
    </section>
  )
}

/** What a part of a bar looks like, and what it says; never on two lines. */
function Key({ look, children }: { readonly look: string; readonly children: ComponentChildren }) {
  return (
    <span class="cap">
      <i class={`swatch ${look}`} /> {children}
    </span>
  )
}
