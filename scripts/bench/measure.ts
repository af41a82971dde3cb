// Stop watch, pauses of the event loop, memory, and a directory on the disk that the checkout is on.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { quantile, sorted } from '../../src/report/statistics.ts'
import { type Row, significant } from './result.ts'

/** Seconds that `work` took. */
export async function seconds(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

const SAMPLE_MS = 5
/** What a shell reports for a command that Ctrl-C ended. */
const INTERRUPTED = 130

/** How late a timer fires while something else runs. Counts over any number of stretches. */
export class LoopPauses {
  readonly #pausesMs: number[] = []

  /** Seconds that `work` took; pauses during it are added to those before. */
  async during(work: () => Promise<void>): Promise<number> {
    let last = performance.now()
    const sample = (): void => {
      const now = performance.now()
      this.#pausesMs.push(Math.max(0, now - last - SAMPLE_MS))
      last = now
    }
    const timer = setInterval(sample, SAMPLE_MS)
    try {
      return await seconds(work)
    } finally {
      clearInterval(timer)
      // The pause that the end of the work cut short.
      sample()
    }
  }

  /** For a row. */
  summary(): Pick<Row, 'pause_p99_ms' | 'pause_max_ms'> {
    const ascending = sorted(this.#pausesMs)
    return { pause_p99_ms: significant(quantile(ascending, 0.99)), pause_max_ms: significant(quantile(ascending, 1)) }
  }
}

/** Bytes that JavaScript objects and buffers take, garbage collected first. */
export function memoryBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // Buffers are let go after the objects that held them.
  for (let i = 0; i < 3; i++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Runs `work` with an empty directory below the checkout (a system's /tmp may be memory) and deletes it. */
export async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const parent = new URL('../../.starling/', import.meta.url).pathname
  mkdirSync(parent, { recursive: true })
  const directory = mkdtempSync(`${parent}bench-`)
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  const onInterrupt = (): void => {
    remove()
    process.exit(INTERRUPTED)
  }
  process.once('SIGINT', onInterrupt)
  try {
    return await work(directory)
  } finally {
    process.off('SIGINT', onInterrupt)
    remove()
  }
}
