// How far a simulation has come, for a person at a terminal only.
import type { Cli } from './context.ts'

/** Cells of the progress bar. */
const BAR_CELLS = 30

/** Virtual and real time, redrawn in place on a terminal; nothing anywhere else. */
export class ProgressBar {
  readonly #cli: Cli
  readonly #totalMs: number
  readonly #startedAt: number
  #drawn = false

  constructor(cli: Cli, totalMs: number) {
    this.#cli = cli
    this.#totalMs = totalMs
    this.#startedAt = cli.clock.now()
  }

  show(virtualMs: number): void {
    if (!this.#cli.err.terminal) return
    const share = Math.min(1, virtualMs / this.#totalMs)
    const filled = Math.round(share * BAR_CELLS)
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled)
    const real = ((this.#cli.clock.now() - this.#startedAt) / 1000).toFixed(0)
    this.#cli.err.write(`\r${bar} ${(virtualMs / 1000).toFixed(0)} s virtual, ${real} s real `)
    this.#drawn = true
  }

  /** Clears it; what is shown next draws it again. */
  end(): void {
    if (this.#drawn) this.#cli.err.write('\r\u001b[K')
    this.#drawn = false
  }
}
