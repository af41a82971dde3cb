// Text into so many columns of a terminal: what does not fit is left out whole, the least important first. Pure.
import { visibleLength } from '../output.ts'

export interface Column<T> {
  readonly title: string
  readonly width: number
  readonly text: (row: T) => string
  /** Columns with a higher one are left out first. */
  readonly rank: number
}

/** As many of the columns as there is room for, in their order. */
export function fitting<T>(columns: readonly Column<T>[], room: number): readonly Column<T>[] {
  let kept = columns
  while (kept.length > 1 && widthOf(kept) > room) {
    const last = Math.max(...kept.map(({ rank }) => rank))
    kept = kept.filter(({ rank }) => rank < last)
  }
  return kept
}

export function widthOf(columns: readonly Column<never>[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0)
}

export function rowText<T>(columns: readonly Column<T>[], row: T): string {
  return columns.map(({ width, text }) => padded(text(row), width)).join('')
}

export function titleText(columns: readonly Column<never>[]): string {
  return columns.map(({ width, title }) => padded(title, width)).join('')
}

/** The first parts that fit, `between` them; one at least. */
export function joined(parts: readonly string[], between: string, room: number): string {
  let text = parts[0] ?? ''
  for (const part of parts.slice(1)) {
    if (visibleLength(text) + visibleLength(between) + visibleLength(part) > room) break
    text += between + part
  }
  return text
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)))
}

/** So many visible characters; colours are kept, and ended by whoever draws the line. */
export function cut(text: string, columns: number): string {
  if (visibleLength(text) <= columns) return text
  let visible = 0
  let end = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences that painter() writes
  for (const [piece] of text.matchAll(/\u001b\[\d+m|[\s\S]/gu)) {
    const width = piece.startsWith('\u001b') ? 0 : 1
    if (visible + width > columns - 1) break
    visible += width
    end += piece.length
  }
  return `${text.slice(0, end)}…`
}

/** What comes from others shows as text, whatever it is; only colours are left. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/\u001b(?!\[\d+m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f]/g, '·')
}
