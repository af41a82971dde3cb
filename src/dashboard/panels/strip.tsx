// The last 50 blocks: how long until half, 95% and all of the nodes held each.
import { usePanel } from '../hooks.ts'
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
          until half <i class="swatch half" /> 95% <i class="swatch most" /> all <i class="swatch all" /> held it;
          median 95% {ms(medianOf(blocks.map(({ coverage }) => coverage)))} ms
          {blocks.some(({ coverage }) => isBeyond(coverage)) ? (
            <span class="cap">
              ; torn <i class="swatch torn" /> above {ms(scale.full)} ms
            </span>
          ) : null}
        </span>
      </h2>
      <div class="bars" style={{ height: `${HEIGHT}px` }}>
        {blocks.map(({ block, coverage }) => (
          <button
            type="button"
            key={block.id}
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
