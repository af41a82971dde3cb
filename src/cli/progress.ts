// How far something long has come: a line on stderr that is rewritten in place, for a person at a terminal only.
import { cliDefaults } from '../config/index.ts'
import type { Cli } from './context.ts'
import { bytes, count, duration, plural } from './format.ts'

export interface Progress {
  readonly blocks: number
  readonly bytes?: number
  /** 0 to 1. */
  readonly share: number
}

export class ProgressLine {
  readonly #cli: Cli
  readonly #doing: string
  readonly #startedAt: number
  #shownAt = Number.NEGATIVE_INFINITY

  /** `doing`: what goes on, as the line begins. */
  constructor(cli: Cli, doing: string) {
    this.#cli = cli
    this.#doing = doing
    this.#startedAt = cli.clock.now()
  }

  get elapsedMs(): number {
    return this.#cli.clock.now() - this.#startedAt
  }

  show(progress: Progress): void {
    const { err, clock } = this.#cli
    const now = clock.now()
    if (!err.terminal || now - this.#shownAt < cliDefaults.progressEveryMs) return
    this.#shownAt = now
    err.write(`\r\u001b[2K${this.#doing}  ${progressText(progress, this.elapsedMs)}`.slice(0, err.width + 4))
  }

  /** Clears the line. */
  end(): void {
    if (this.#shownAt > 0) this.#cli.err.write('\r\u001b[2K')
  }
}

/** `1,234 blocks  45%  2,400 blocks/s  1.5 MB/s  12 s left` */
export function progressText({ blocks, bytes: done, share }: Progress, elapsedMs: number): string {
  const seconds = Math.max(elapsedMs, 1) / 1000
  const parts = [
    plural(blocks, 'block'),
    `${Math.floor(share * 100)}%`,
    `${count(Math.round(blocks / seconds))} blocks/s`
  ]
  if (done !== undefined) parts.push(`${bytes(Math.round(done / seconds))}/s`)
  if (share > 0) parts.push(`${duration((elapsedMs * (1 - share)) / share)} left`)
  return parts.join('  ')
}
