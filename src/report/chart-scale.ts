// Axes: from values to pixels, and the round values that get a tick.

export interface Scale {
  /** Pixel of a value; values outside of the domain are drawn at its edge. */
  at(value: number): number
  readonly ticks: readonly number[]
}

/** Data wider than this (largest over smallest, or over the median) needs a logarithmic axis to be read. */
export const WIDE_RATIO = 25

const TICKS = 6

export function linearScale(from: number, to: number, start: number, end: number): Scale {
  const span = to > from ? to - from : 1
  const step = niceStep(span / TICKS)
  const first = Math.ceil(from / step) * step
  const count = Math.floor((from + span - first) / step + 1e-9) + 1
  return {
    at: (value) => start + (Math.min(Math.max(value - from, 0), span) / span) * (end - start),
    ticks: Array.from({ length: count }, (_, index) => clean(first + index * step))
  }
}

/** Both ends above zero. */
export function logScale(from: number, to: number, start: number, end: number): Scale {
  const inner = linearScale(Math.log10(from), Math.log10(to > from ? to : from * 10), start, end)
  return {
    at: (value) => inner.at(Math.log10(Math.max(value, from))),
    ticks: roundValues(from, to)
  }
}

/** Linear near zero, logarithmic far above `bend`: for times that start at 0 and have a long tail. */
export function bentScale(bend: number, to: number, start: number, end: number): Scale {
  const bent = (value: number): number => Math.log1p(value / bend)
  const inner = linearScale(0, bent(to), start, end)
  return { at: (value) => inner.at(bent(value)), ticks: [0, ...roundValues(bend, to)] }
}

/** 1, 2, 5 × powers of ten within [from, to]; powers of ten alone when that is too many. */
function roundValues(from: number, to: number): number[] {
  const values: number[] = []
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const digit of [1, 2, 5]) values.push(clean(digit * 10 ** power))
  }
  const within = values.filter((value) => value >= from && value <= to)
  const decades = within.filter((value) => Number.isInteger(clean(Math.log10(value))))
  return within.length > 2 * TICKS && decades.length > 1 ? decades : within
}

/** The next 1, 2 or 5 × power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const digit = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10
  return digit * power
}

/** Takes binary rounding off: 0.30000000000000004 is not a label. */
function clean(value: number): number {
  return Number(value.toPrecision(9))
}

/** Tenths of a pixel are enough, and keep the page small. */
export function px(value: number): number {
  return Math.round(value * 10) / 10
}
