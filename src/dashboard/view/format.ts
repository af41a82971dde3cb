// Quantities and names as people read them.

/** Made once: a number's own `toLocaleString` looks for its locale each time, a tenth of what the page computes. */
const grouped = new Intl.NumberFormat('en-US')

/** Always of milliseconds: the unit stands behind it. */
export function ms(value: number | null): string {
  if (value === null) return '–'
  return value < 9.95 ? value.toFixed(1) : grouped.format(Math.round(value))
}

/** `120 B`, `1.2 kB`, `21 kB`, `1.5 MB`; powers of ten. */
export function bytes(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`
  for (const [unit, size] of [
    ['kB', 1e3],
    ['MB', 1e6]
  ] as const) {
    const scaled = value / size
    if (scaled < 999.5) return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${unit}`
  }
  return `${(value / 1e9).toFixed(1)} GB`
}

export function perSecond(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`
}

export function count(value: number): string {
  return grouped.format(value)
}

/** `1 transaction`, `2 transactions` */
export function plural(value: number, one: string): string {
  return `${count(value)} ${one}${value === 1 ? '' : 's'}`
}

const DIGITS = 6

/** Where digits begin to differ: hashes under a target start with zeros. */
export function short(id: string): string {
  if (id === '') return 'genesis'
  const start = Math.max(0, Math.min(id.search(/[^0]/), id.length - DIGITS))
  return id.slice(start, start + DIGITS)
}

/** `0:42`, `12:05`, `1:02:05` */
export function clock(passedMs: number): string {
  const seconds = Math.max(0, Math.floor(passedMs / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [hours = 0, minutes = 0, rest = 0] = parts
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(rest).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${tail}` : tail
}

/** `3 s ago` */
export function ago(passedMs: number): string {
  if (passedMs < 1000) return 'now'
  if (passedMs < 60_000) return `${Math.floor(passedMs / 1000)} s ago`
  return `${Math.floor(passedMs / 60_000)} min ago`
}
