// When a lost connection is tried again.

/** Before the first attempt and the longest before a later one, ms. */
const FIRST_MS = 500
const MOST_MS = 15_000

/** After so many failures in a row, each wait twice the one before. */
export function retryMs(failures: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** failures)
}
