// Time: live or a moment of the past, slow motion, and every block and fault on the way.
import { usePanel } from '../hooks.ts'
import type { Session } from '../session.ts'
import { markedBlocks } from '../view/coverage.ts'
import { faultText } from '../view/faults.ts'
import { clock } from '../view/format.ts'

/** Closer marks than this many over the slider's length are a grey bar. */
const MARKS_MAX = 200
const SPEEDS = [1, 4, 16, 64]

export function TimeBar() {
  const session = usePanel()
  const { timeline, playback, at, liveAt, run } = session
  const { from } = timeline
  const to = Math.max(liveAt, from + 1)
  const place = (moment: number): string => `${Math.min(100, Math.max(0, ((moment - from) / (to - from)) * 100))}%`
  const isRecorded = session.isOver
  const blocks = markedBlocks(timeline, from, to, MARKS_MAX)
  const act = (change: () => void): (() => void) => {
    return () => {
      change()
      session.refresh()
    }
  }
  return (
    <fieldset class="time-bar" aria-label="Time">
      <button
        type="button"
        class="round"
        aria-label={playback.isPaused ? 'Go on' : 'Pause'}
        title={`${playback.isPaused ? 'Go on' : 'Pause'} (space)`}
        onClick={act(() => playback.toggle(timeline))}
      >
        {playback.isPaused ? '▶' : '❚❚'}
      </button>
      <div class="scrub">
        <div class="marks" aria-hidden="true">
          {blocks.map((block) => (
            <i key={block.id} class="mark-block" style={{ left: place(block.at) }} />
          ))}
          {timeline.faults.map((fault) => (
            <i
              key={`${fault.at}${fault.fault}${fault.nodes[0]}`}
              class="mark-fault"
              style={{ left: place(fault.at) }}
              title={faultText(fault, run?.nodes ?? [])}
            />
          ))}
        </div>
        <input
          type="range"
          aria-label="Moment that is shown"
          aria-valuetext={momentText(session)}
          min={from}
          max={to}
          step="any"
          value={playback.isLive ? to : at}
          onInput={(event) => {
            playback.seek(Number(event.currentTarget.value))
            session.refresh()
          }}
        />
      </div>
      <output class="moment">{momentText(session)}</output>
      <label class="switch" title="Slow down while a block spreads (s)">
        <input
          type="checkbox"
          checked={playback.isSlow}
          onChange={act(() => {
            playback.isSlow = !playback.isSlow
          })}
        />
        slow motion
      </label>
      {isRecorded ? (
        <label class="switch">
          <select
            aria-label="Speed between blocks"
            value={playback.speed}
            onChange={(event) => {
              playback.speed = Number(event.currentTarget.value)
            }}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
      ) : (
        <button
          type="button"
          class={playback.isLive && session.connection === 'live' ? 'live on' : 'live'}
          aria-pressed={playback.isLive}
          title="The newest moment (l)"
          onClick={act(() => playback.live())}
        >
          live
        </button>
      )}
    </fieldset>
  )
}

function momentText({ playback, timeline, at, run, connection }: Session): string {
  const { rate, isPaused } = playback
  if (run === undefined) return ''
  if (isPaused || !playback.isLive || connection !== 'live') {
    const text = clock(at - run.startedAt)
    return isPaused ? text : `${text}${rate < 0.67 ? ` · 1/${Math.round(1 / rate)}` : ''}`
  }
  const behindMs = timeline.now - at
  if (rate < 0.67) return `1/${Math.round(1 / rate)} speed`
  return behindMs > 1500 ? `${(behindMs / 1000).toFixed(0)} s behind` : 'now'
}
