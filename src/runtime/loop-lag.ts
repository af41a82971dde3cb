// How late the event loop runs. Printed beside every latency: when lag is comparable to what was measured, the
// figure is about this machine's CPU and not about the network.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface LoopLag {
  /** Forgets what was measured: a start-up must not be counted as part of a run. */
  reset(): void
  /** 99th percentile of the delay since the start or the last reset, milliseconds. */
  p99Ms(): number
  stop(): void
}

const RESOLUTION_MS = 10

export function measureLoopLag(): LoopLag {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return {
    // The histogram counts the sampling interval itself.
    reset: () => histogram.reset(),
    p99Ms: () => (histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS)),
    stop: () => void histogram.disable()
  }
}
