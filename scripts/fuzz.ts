// npm run fuzz -- [--seconds 60] [--seed S] [--only DECODER] [--json]: tries every decoder of bytes from outside with
// hostile inputs, all in turn, until time is up. Exit code 1 at the first that escapes; its seed and bytes are printed,
// and `--only DECODER --hex BYTES` tries just that input again.
import { availableParallelism, platform, release } from 'node:os'
import { freshSeed, realClock, realYield, seededRandom } from '../src/runtime/index.ts'
import { startWatchdog, type Watchdog } from './fuzz/watchdog.ts'
import { makeInput } from '../test/support/fuzz-inputs.ts'
import { type FuzzTarget, fuzzTargets, tryInput } from '../test/support/fuzz-targets.ts'
import { parseUsage, refuse } from './usage.ts'

/** Inputs of one decoder before the next has its turn. */
const TURN = 500
/** No input may take longer, ms. Sound ones take below 1 ms; this leaves room for a busy machine. */
const INPUT_MAX_MS = 2000
/** Nor may the process hold more than this above what it began with, bytes. */
const GROWTH_MAX_BYTES = 512 * 1024 * 1024

interface Tally {
  readonly decoder: string
  inputs: number
  sound: number
  refused: number
  slowest_ms: number
}

class Escape extends Error {}

const USAGE =
  'Usage: npm run fuzz -- [--seconds 60] [--seed S] [--only DECODER [--hex BYTES]] [--json]; ' +
  `DECODER is one of: ${fuzzTargets.map(({ name }) => name).join(', ')}.`

const { values } = parseUsage(
  {
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(freshSeed()) },
      only: { type: 'string' },
      hex: { type: 'string' },
      json: { type: 'boolean', default: false }
    }
  },
  USAGE
)
const seconds = Number(values.seconds)
const targets = fuzzTargets.filter(({ name }) => values.only === undefined || name === values.only)
if (!(seconds > 0)) refuse(`--seconds is a number above 0, not "${values.seconds}".`, USAGE)
if (targets.length === 0) refuse(`No decoder is called "${values.only}".`, USAGE)

const clock = realClock()
const heldBytes = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const heldAtStart = heldBytes()
let heldMax = heldAtStart

async function tryOne(target: FuzzTarget, bytes: Uint8Array, tally: Tally): Promise<void> {
  const startedAt = clock.now()
  try {
    const outcome = await tryInput(target, bytes)
    tally[outcome]++
  } catch (error) {
    throw new Escape(report(target, bytes, error instanceof Error ? (error.stack ?? error.message) : String(error)))
  }
  tally.inputs++
  const ms = clock.now() - startedAt
  tally.slowest_ms = Math.max(tally.slowest_ms, Math.round(ms * 10) / 10)
  if (ms > INPUT_MAX_MS) throw new Escape(report(target, bytes, `it took ${Math.round(ms)} ms`))
}

function report({ name }: FuzzTarget, bytes: Uint8Array, what: string): string {
  const again = `npm run fuzz -- --only '${name}' --hex ${Buffer.from(bytes).toString('hex')}`
  return `ESCAPED: ${name}, seed ${values.seed}: ${what}\nAgain: ${again}`
}

async function fuzz(watchdog: Watchdog): Promise<Tally[]> {
  const random = seededRandom(values.seed)
  const runs = targets.map((target) => ({
    target,
    random: random.fork(target.name),
    tally: { decoder: target.name, inputs: 0, sound: 0, refused: 0, slowest_ms: 0 }
  }))
  const endsAt = clock.now() + seconds * 1000
  let toldAt = clock.now()
  while (clock.now() < endsAt) {
    for (const { target, random: own, tally } of runs) {
      for (let i = 0; i < TURN; i++) {
        const input = makeInput(own, target.seeds, target.maxBytes)
        watchdog.begin(targets.indexOf(target), input)
        await tryOne(target, input, tally)
      }
      const held = heldBytes()
      heldMax = Math.max(heldMax, held)
      if (held - heldAtStart > GROWTH_MAX_BYTES) throw new Escape(`${target.name}: the process holds ${held} bytes`)
    }
    await realYield()
    if (clock.now() - toldAt > 5000) {
      toldAt = clock.now()
      const inputs = runs.reduce((sum, { tally }) => sum + tally.inputs, 0)
      process.stderr.write(`${inputs.toLocaleString('en')} inputs, ${Math.ceil((endsAt - toldAt) / 1000)} s left\n`)
    }
  }
  return runs.map(({ tally }) => tally)
}

function print(tallies: readonly Tally[]): void {
  const inputs = tallies.reduce((sum, tally) => sum + tally.inputs, 0)
  const growth = Math.round((heldMax - heldAtStart) / 1e6)
  if (values.json) {
    const environment = { node: process.version, os: `${platform()} ${release()}`, cpus: availableParallelism() }
    const summary = { seed: values.seed, seconds, inputs, escaped: 0, memory_growth_mb: growth }
    process.stdout.write(
      `${JSON.stringify({ name: 'fuzz', environment, ...summary, rows: tallies, ratios: {} }, null, 2)}\n`
    )
    return
  }
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(11))).join('')}\n`
  process.stdout.write(line(['decoder', 'inputs', 'sound', 'refused', 'slowest']))
  for (const { decoder, slowest_ms, ...counts } of tallies) {
    const numbers = [counts.inputs, counts.sound, counts.refused].map((count) => count.toLocaleString('en'))
    process.stdout.write(line([decoder, ...numbers, `${slowest_ms} ms`]))
  }
  process.stdout.write(
    `${inputs.toLocaleString('en')} inputs in ${seconds} s, none escaped; memory grew by ${growth} MB at most ` +
      `(seed ${values.seed}).\n`
  )
}

try {
  if (values.hex === undefined) {
    const reports = targets.map(({ name }) => `ESCAPED: ${name}, seed ${values.seed}`)
    const watchdog = startWatchdog(reports, Math.max(...targets.map(({ maxBytes }) => maxBytes)))
    try {
      print(await fuzz(watchdog))
    } finally {
      await watchdog.stop()
    }
  } else {
    const [target] = targets
    if (target !== undefined) process.stdout.write(`${await tryInput(target, Buffer.from(values.hex, 'hex'))}\n`)
  }
} catch (error) {
  process.exitCode = 1
  process.stderr.write(
    `${error instanceof Escape ? error.message : String(error instanceof Error ? error.stack : error)}\n`
  )
}
