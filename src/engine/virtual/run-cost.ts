// What a simulation costs the machine: real time, CPU, memory. In a report's environment, for it is never the same twice.
import type { Report } from '../../report/index.ts'
import { runClock, takeClockOrigin } from '../../runtime/index.ts'

export class RunCost {
  readonly #wall = runClock(takeClockOrigin())
  readonly #startedAt = this.#wall.now()
  readonly #cpuAtStart = cpuSeconds()
  #meshedAt = this.#startedAt

  /** Starting up is over. */
  meshed(): void {
    this.#meshedAt = this.#wall.now()
  }

  /** Up to now, in which so much virtual time went by, ms. */
  environment(virtualMs: number): Report['environment'] {
    return {
      // Of all that was simulated: connecting and meshing are part of it, on both sides of the division.
      real_seconds_per_virtual_second: Math.round((1e3 * (this.#wall.now() - this.#startedAt)) / virtualMs) / 1e3,
      start_up_real_seconds: Math.round((this.#meshedAt - this.#startedAt) / 100) / 10,
      cpu_seconds: Math.round(10 * (cpuSeconds() - this.#cpuAtStart)) / 10,
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024)
    }
  }
}

/** CPU time of this process so far, s: what a run costs, whatever else the machine does beside. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
