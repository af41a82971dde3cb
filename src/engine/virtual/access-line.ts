// Access lines: every node has one up and one down, and the connections that want to send share them. Rates are
// max-min fair: nobody gets more while somebody who shares a full line with it gets less (Bertsekas and Gallager, "Data
// Networks", 6.5.2), which is what TCP connections of equal round trips come near.
//
// Found as switches find it (Charny, Clark and Jain, "Congestion control with explicit rate indication", 1995): each
// line has one level, the rate that it offers to each of its flows; a flow's rate is the lower of its two lines'. A line
// fills its capacity by giving the flows that their other end holds back what they can use, and the rest in equal
// parts. When the level of a line changes, the other ends of its flows look again. So an event costs as many lines as
// it really changes, never all flows of the network.

/** Relative changes of a level below this are not acted upon, so that a small flow does not wake the whole network. */
const TOLERANCE = 0.01
/** Looks at one line for one change, after which it stays as it is: an error of some per cent until the next change. */
const LOOKS_MAX = 8

/** Where nothing limits a flow: 100 Gbit/s, in bytes per ms. */
const FASTEST = 12_500_000

/** One direction of a node's access line. */
export class AccessLine {
  /** Bytes per ms; Infinity: no limit. */
  capacity: number
  /** What it offers to each flow, bytes per ms. */
  level: number
  readonly flows: Flow[] = []
  looks = 0
  isWaiting = false

  /** `bitsPerSecond`: Infinity for no limit. */
  constructor(bitsPerSecond: number) {
    this.capacity = bitsPerSecond / 8000
    this.level = this.capacity
  }
}

/** Somebody who sends over two lines. `onRate` is told each new rate, bytes per ms. */
export class Flow {
  readonly up: AccessLine
  readonly down: AccessLine
  readonly onRate: (rate: number) => void
  rate = 0
  isOpen = false

  constructor(up: AccessLine, down: AccessLine, onRate: (rate: number) => void) {
    this.up = up
    this.down = down
    this.onRate = onRate
  }
}

export class AccessLines {
  readonly #later: (fn: () => void) => void
  /** Lines to look at, in the order in which they changed. */
  readonly #waiting: AccessLine[] = []
  readonly #opened: Flow[] = []
  #isPlanned = false

  /** `later` runs a function at the end of the instant: a message to eight peers is one change, not eight. */
  constructor(later: (fn: () => void) => void) {
    this.#later = later
  }

  /** The flow has something to send. Its rate comes at the end of the instant. */
  open(flow: Flow): void {
    flow.isOpen = true
    for (const line of [flow.up, flow.down]) if (line.capacity !== Infinity) line.flows.push(flow)
    this.#opened.push(flow)
    this.#lookAt(flow.up)
    this.#lookAt(flow.down)
  }

  /** The flow has nothing more to send: others get its share. */
  close(flow: Flow): void {
    flow.isOpen = false
    flow.rate = 0
    for (const line of [flow.up, flow.down]) {
      const place = line.flows.indexOf(flow)
      if (place >= 0) line.flows.splice(place, 1)
      this.#lookAt(line)
    }
  }

  /** `bitsPerSecond`: Infinity for no limit. Only while a line that had no limit, or gets none, carries no flow. */
  setCapacity(line: AccessLine, bitsPerSecond: number): void {
    line.capacity = bitsPerSecond / 8000
    this.#lookAt(line)
  }

  #lookAt(line: AccessLine): void {
    if (!line.isWaiting) {
      line.isWaiting = true
      this.#waiting.push(line)
    }
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#later(() => this.#settle())
  }

  #settle(): void {
    const changed = new Set(this.#opened)
    const looked: AccessLine[] = []
    this.#opened.length = 0
    for (let i = 0; i < this.#waiting.length; i++) {
      const line = this.#waiting[i]
      if (line === undefined) break
      line.isWaiting = false
      if (line.looks === 0) looked.push(line)
      if (line.looks++ >= LOOKS_MAX) continue
      const level = levelOf(line)
      if (level === line.level || Math.abs(level - line.level) <= TOLERANCE * line.level) continue
      const before = line.level
      line.level = level
      for (const flow of line.flows) {
        const other = flow.up === line ? flow.down : flow.up
        if (Math.min(before, other.level) === Math.min(level, other.level)) continue
        changed.add(flow)
        if (other.capacity !== Infinity) this.#lookAt(other)
      }
    }
    this.#waiting.length = 0
    this.#isPlanned = false
    for (const line of looked) line.looks = 0
    for (const flow of changed) {
      const rate = Math.min(flow.up.level, flow.down.level, FASTEST)
      if (!flow.isOpen || rate === flow.rate) continue
      flow.rate = rate
      flow.onRate(rate)
    }
  }
}

/**
 * The level at which the line is full: Σ min(level, what the other end offers) = capacity. If the other ends leave some
 * of it unused, the level is what any one flow could have.
 */
function levelOf({ capacity, flows }: AccessLine): number {
  if (capacity === Infinity || flows.length === 0) return capacity
  let left = capacity
  const offers = flows.map(({ up, down }) => (up.flows === flows ? down.level : up.level)).sort((a, b) => a - b)
  for (const [i, offer] of offers.entries()) {
    const equal = left / (offers.length - i)
    if (offer >= equal) return equal
    left -= offer
  }
  return left + (offers.at(-1) ?? 0)
}
