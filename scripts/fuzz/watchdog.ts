// A decoder that hangs can't be interrupted from its own thread. This one, in a thread of its own, sees that no new
// input was begun for a while, prints the one under way and ends the process.
import { writeSync } from 'node:fs'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { realTimers } from '../../src/runtime/index.ts'

/** No input may take longer, ms. Sound ones take below 1 ms; the rest is for a busy machine. */
const HANG_MS = 15_000

interface Shared {
  /** Inputs begun, index of the decoder, length of the input. */
  readonly state: Int32Array
  readonly input: Uint8Array
}

export interface Watchdog {
  /** An input is about to be tried. */
  begin(decoder: number, input: Uint8Array): void
  stop(): Promise<number>
}

/** `report`: how the complaint begins, for each decoder. */
export function startWatchdog(reports: readonly string[], inputMaxBytes: number): Watchdog {
  const state = new Int32Array(new SharedArrayBuffer(12))
  const input = new Uint8Array(new SharedArrayBuffer(inputMaxBytes))
  const worker = new Worker(new URL(import.meta.url), { workerData: { state, input, reports } })
  return {
    begin: (decoder, bytes) => {
      input.set(bytes)
      state[1] = decoder
      state[2] = bytes.length
      Atomics.add(state, 0, 1)
    },
    stop: () => worker.terminate()
  }
}

function watch({ state, input, reports }: Shared & { readonly reports: readonly string[] }): void {
  let seen = -1
  realTimers.every(HANG_MS, () => {
    const begun = Atomics.load(state, 0)
    if (begun !== seen) {
      seen = begun
      return
    }
    const hex = Buffer.from(input.subarray(0, state[2])).toString('hex')
    writeSync(2, `${reports[state[1] ?? 0]}: it hangs\nHex: ${hex}\n`)
    process.kill(process.pid, 'SIGKILL')
  })
}

if (!isMainThread) watch(workerData as Parameters<typeof watch>[0])
