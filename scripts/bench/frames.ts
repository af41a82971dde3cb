// Scripting in a page's frames, out of a Chromium trace: all JavaScript and its garbage collection on the main thread,
// in CPU time, from one animation frame to the next.
import type { Browser, Page } from 'playwright-core'

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds: when, how long, and how much of it on the CPU. */
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

const SCRIPTING = new Set([
  'EvaluateScript',
  'FireAnimationFrame',
  'FunctionCall',
  'RunMicrotasks',
  'TimerFire',
  'V8.GC_MC_COMPLETE',
  'MajorGC',
  'MinorGC'
])

export interface Frames {
  /** CPU milliseconds of scripting, a figure a frame. */
  readonly scriptingMs: readonly number[]
  readonly perSecond: number
}

/** Traces the page for `ms`; `wait` lets that time pass. */
export async function traceFrames(browser: Browser, page: Page, ms: number): Promise<Frames> {
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8.execute', '__metadata']
  })
  await page.waitForTimeout(ms)
  const trace = JSON.parse((await browser.stopTracing()).toString('utf8')) as { traceEvents: TraceEvent[] }
  return framesOf(trace.traceEvents, ms)
}

export function framesOf(events: readonly TraceEvent[], ms: number): Frames {
  const frames = events.filter(({ name }) => name === 'FireAnimationFrame').sort((a, b) => a.ts - b.ts)
  const [first] = frames
  if (first === undefined) throw new RangeError('the page drew no frame')
  const scripting = events
    .filter(({ name, ph, pid, tid }) => ph === 'X' && SCRIPTING.has(name) && pid === first.pid && tid === first.tid)
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  const sums = frames.map(() => 0)
  let frame = 0
  let coveredUntil = Number.NEGATIVE_INFINITY
  for (const { ts, dur = 0, tdur } of scripting) {
    // What is inside another one is counted with it.
    if (ts < coveredUntil || ts < first.ts) continue
    coveredUntil = ts + dur
    while ((frames[frame + 1]?.ts ?? Number.POSITIVE_INFINITY) <= ts) frame++
    sums[frame] = (sums[frame] ?? 0) + (tdur ?? dur) / 1000
  }
  return { scriptingMs: sums, perSecond: frames.length / (ms / 1000) }
}
