// A terminal of so many columns and rows that remembers what is on it.
import assert from 'node:assert/strict'
import type { Sink } from '../../src/cli/output.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** The part of a terminal that the view uses: cursor, clearing, two screens. */
export class Emulator implements Terminal {
  readonly keys = new Set<(key: string) => void>()
  readonly resized = new Set<() => void>()
  columns: number
  rows: number
  isOther = false
  hasCursor = true
  #cells: string[][] = []
  #row = 0
  #column = 0
  readonly #seen: { wanted: RegExp; resolve: () => void }[] = []

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#clear()
  }

  readonly sink: Sink = { write: (text) => this.#write(text), terminal: true, width: 80 }

  get text(): string {
    return this.#cells.map((row) => row.join('').trimEnd()).join('\n')
  }

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows }
  }
  onKey(listener: (key: string) => void): () => void {
    this.keys.add(listener)
    return () => void this.keys.delete(listener)
  }
  onResize(listener: () => void): () => void {
    this.resized.add(listener)
    return () => void this.resized.delete(listener)
  }
  press(key: string): void {
    for (const listener of this.keys) listener(key)
  }
  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows })
    this.#clear()
    for (const listener of this.resized) listener()
  }

  /** Resolves when the screen shows it. */
  shows(wanted: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#seen.push({ wanted, resolve })
      this.#look()
    })
  }

  #look(): void {
    for (const seen of this.#seen) if (seen.wanted.test(this.text)) seen.resolve()
  }

  #clear(): void {
    this.#cells = Array.from({ length: this.rows }, () => Array<string>(this.columns).fill(' '))
  }

  #write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads escape sequences
    for (const [token, parameters = '', command] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|[\s\S]/gu)) {
      if (command === undefined) this.#put(token)
      else this.#obey(command, parameters)
    }
    this.#look()
  }

  #put(character: string): void {
    assert.ok(character >= ' ', `a control character: ${JSON.stringify(character)}`)
    const row = this.#cells[this.#row]
    assert.ok(
      row !== undefined && this.#column < this.columns,
      `beyond the screen: row ${this.#row}, column ${this.#column}`
    )
    row[this.#column++] = character
  }

  #obey(command: string, parameters: string): void {
    const row = this.#cells[this.#row]
    if (command === 'H') [this.#row, this.#column] = parameters.split(';').map((n) => Number(n) - 1) as [number, number]
    // After a full line the cursor is still on its last character.
    else if (command === 'K') row?.fill(' ', parameters === '2' ? 0 : Math.min(this.#column, this.columns - 1))
    else if (command === 'J') for (const each of this.#cells.slice(parameters === '2' ? 0 : this.#row)) each.fill(' ')
    else if (parameters === '?1049') this.isOther = command === 'h'
    else if (parameters === '?25') this.hasCursor = command === 'h'
    else assert.ok(command === 'm' || parameters === '?7', `${parameters}${command}`)
  }
}
