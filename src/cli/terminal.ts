// A terminal that a command takes over: its size as it changes, and single keys.
import type { Sink } from './output.ts'

export interface Terminal {
  size(): { readonly columns: number; readonly rows: number }
  /** Both return the function that stops listening. Keys come one by one, unread by the shell, while anyone listens. */
  onResize(listener: () => void): () => void
  onKey(listener: (key: string) => void): () => void
}

/** What comes at once when keys are held down or the line is slow: single characters, or whole escape sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are told as escape sequences
const KEYS = /\u001b\[[\d;]*[A-Za-z~]|[\s\S]/gu

/** Where a terminal does not know its own size (a serial line, a container's). */
const UNKNOWN_SIZE = { columns: 80, rows: 24 }

/** The process's terminal; undefined where input or output is none. */
export function openTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Terminal | undefined {
  if (!input.isTTY || !output.isTTY) return undefined
  return {
    size: () => ({
      columns: output.columns || UNKNOWN_SIZE.columns,
      rows: output.rows || UNKNOWN_SIZE.rows
    }),
    onResize: (listener) => {
      output.on('resize', listener)
      return () => void output.off('resize', listener)
    },
    onKey: (listener) => {
      const onData = (data: Buffer): void => {
        for (const [key] of data.toString('utf8').matchAll(KEYS)) listener(key)
      }
      input.setRawMode(true)
      input.on('data', onData)
      input.resume()
      return () => {
        input.off('data', onData)
        input.setRawMode(false)
        input.pause()
      }
    }
  }
}

const ESC = '\u001b['
/** The other screen, so that what was there before comes back; no cursor; lines are cut, not wrapped. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l`
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`

/**
 * Lines on a whole screen, redrawn in place: only those that changed are written. A line is erased before it is written:
 * after one as wide as the terminal the cursor is still on its last character, and would erase that.
 */
export class Screen {
  readonly #sink: Sink
  #shown: readonly string[] = []

  constructor(sink: Sink) {
    this.#sink = sink
    sink.write(`${ENTER}${ESC}2J`)
  }

  show(lines: readonly string[]): void {
    const changed = lines.flatMap((line, row) => {
      return line === this.#shown[row] ? [] : [`${ESC}${row + 1};1H${ESC}2K${line}${ESC}0m`]
    })
    if (lines.length < this.#shown.length) changed.push(`${ESC}${lines.length + 1};1H${ESC}J`)
    this.#shown = lines
    if (changed.length > 0) this.#sink.write(changed.join(''))
  }

  /** Everything is written anew: the terminal has another size. */
  forget(): void {
    this.#shown = []
    this.#sink.write(`${ESC}2J`)
  }

  leave(): void {
    this.#sink.write(LEAVE)
  }
}
