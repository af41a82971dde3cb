// Figures as people read them, in the terminal and on the page.

const MISSING = '–'

/** Milliseconds as people read them: `0.4`, `4`, `212`; a dash for never. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return MISSING
  return ms < 1 ? String(Number(ms.toFixed(1))) : String(Math.round(ms))
}

/** `812 B`, `21 kB`, `1.3 MB`: powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${formatScaled(bytes / 1000)} kB`
  if (bytes < 999_500_000) return `${formatScaled(bytes / 1e6)} MB`
  return `${formatScaled(bytes / 1e9)} GB`
}

/** `1 block`, `2 blocks` */
export function plural(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}

/** One decimal below 10 ms, where the order of nodes shows in it: `4.2`, `38`. */
export function preciseMs(ms: number | null): string {
  return ms !== null && ms < 10 ? ms.toFixed(1) : formatMs(ms)
}

/** `100%`, `99.9%`, `0.4%`; 100% only when it is. */
export function formatShare(share: number): string {
  if (share === 1 || share === 0) return `${share * 100}%`
  return `${Math.min(99.9, Number((share * 100).toFixed(1)))}%`
}

function formatScaled(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value))
}

/** The first digits of a hash that tell it from others: the zeros that proof of work puts in front say nothing. */
export function shortHash(hash: string, digits = 6): string {
  const start = Math.min(hash.search(/[^0]/), hash.length - digits)
  return hash.slice(Math.max(0, start), Math.max(0, start) + digits)
}
