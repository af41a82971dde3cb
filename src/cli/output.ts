// What a command writes: data on stdout, everything about the work itself on stderr. Colours and alignment only where
// a person looks at a terminal.
import type { Palette } from '../report/index.ts'

/** One of the two standard streams. */
export interface Sink {
  write(text: string): void
  /** A person is looking: colours, rewritten lines. */
  readonly terminal: boolean
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (style: Style, text: string) => string

const CODES: Readonly<Record<Style, readonly [open: number, close: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39]
}

/** Colours for a sink: none without a terminal, with NO_COLOR (no-color.org) or on a dumb one; FORCE_COLOR wins. */
export function painter(sink: Sink, env: Readonly<Record<string, string | undefined>>): Paint {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0'
  const refused = (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb'
  if (!forced && (refused || !sink.terminal)) return (_style, text) => text
  return (style, text) => {
    const [open, close] = CODES[style]
    return `\u001b[${open}m${text}\u001b[${close}m`
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences that painter() writes
const ESCAPES = /\u001b\[\d+m/g

/** Characters that a text takes on screen. */
export function visibleLength(text: string): number {
  return [...text.replace(ESCAPES, '')].length
}

/** The colours that the report's texts are written in. */
export function paletteOf(paint: Paint): Palette {
  return {
    dim: (text) => paint('dim', text),
    bold: (text) => paint('bold', text),
    good: (text) => paint('green', text),
    warn: (text) => paint('yellow', text),
    bad: (text) => paint('red', text)
  }
}

export interface Column {
  readonly title: string
  /** Numbers read better at the right. */
  readonly align?: 'left' | 'right'
}

/** Rows as aligned columns, two blanks between them, no blanks at line ends. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = columns.map((column, i) =>
    Math.max(visibleLength(column.title), ...rows.map((row) => visibleLength(row[i] ?? '')))
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - visibleLength(cell)))
        return columns[i]?.align === 'right' ? blanks + cell : cell + blanks
      })
      .join('  ')
      .trimEnd()
  const head = line(columns.map((column) => paint('dim', column.title)))
  return [head, ...rows.map(line)].map((text) => `${text}\n`).join('')
}

/** Names and values in two columns, one pair a line. */
export function pairs(entries: readonly (readonly [name: string, value: string])[], paint: Paint): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${value}\n`).join('')
}

/** Data for a program: indented for a single answer, one line for each object of a stream. */
export function json(value: unknown, style: 'answer' | 'line' = 'answer'): string {
  return `${style === 'answer' ? JSON.stringify(value, null, 2) : JSON.stringify(value)}\n`
}
