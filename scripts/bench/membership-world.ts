// A worker of the membership benchmark: hosts on virtual links with the membership service and nothing else, in virtual
// time. Time and timers are taken over before anything that uses them is imported.
import { parentPort, workerData } from 'node:worker_threads'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { seededRandom, takeOverGlobals } from '../../src/runtime/index.ts'

export interface MembershipOrder {
  readonly members: number
  readonly degree: number
  readonly roundMs: number
  readonly latencyMs: number
  /** Changes whose spread is measured, one after another. */
  readonly changes: number
  readonly measuredMs: number
}

export interface MembershipFigures {
  readonly members: number
  readonly bytes_per_second_per_node: number
  readonly rounds_p50: number
  readonly rounds_max: number
  readonly memory_bytes_per_node: number
  /** Verdicts against anybody while all were well. */
  readonly mistakes: number
  readonly real_seconds_per_virtual_second: number
}

const START_MS = 1_893_456_000_000
const LOOK_MS = 50
const SETTLE_MAX_MS = 300_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heap = (): number => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const wall = performance.now.bind(performance)

const scheduler = new Scheduler(START_MS)
takeOverGlobals({
  clock: { now: () => scheduler.now },
  timers: { after: (ms, fn) => scheduler.after(ms, fn), every: (ms, fn) => scheduler.every(ms, fn) },
  random: seededRandom('benchmark/globals')
})
const { buildMembers } = await import('./membership-nodes.ts')
parentPort?.postMessage(await run(workerData as MembershipOrder))

async function run(order: MembershipOrder): Promise<MembershipFigures> {
  const { members, roundMs, changes, measuredMs } = order
  const nodes = await buildMembers(scheduler, order)
  const empty = heap()
  let mistakes = 0
  for (const { events } of nodes) {
    events.subscribe((event) => {
      if (event.type === 'member' && (event.change === 'suspected' || event.change === 'down')) mistakes++
    })
  }
  for (const { membership } of nodes) {
    const started = membership.start()
    await scheduler.runUntil(scheduler.now)
    await started
  }
  const isFull = (): boolean => nodes.every(({ membership }) => membership.size >= members)
  if (!(await until(isFull, SETTLE_MAX_MS))) throw new Error('not everyone knows everyone')
  // Until nobody is new to anybody any more, and heartbeats come as they will from now on.
  await scheduler.runUntil(scheduler.now + 40 * roundMs)
  const memory = (heap() - empty) / members

  const sent = (): number => nodes.reduce((sum, { host }) => sum + host.bytesSent(), 0)
  const [before, wallBefore] = [sent(), wall()]
  await scheduler.runUntil(scheduler.now + measuredMs)
  const bytes = (sent() - before) / members / (measuredMs / 1000)
  const speed = (wall() - wallBefore) / measuredMs

  const rounds: number[] = []
  for (let change = 0; change < changes; change++) rounds.push(...(await spread(change)))
  rounds.sort((a, b) => a - b)
  return {
    members,
    bytes_per_second_per_node: Math.round(bytes),
    rounds_p50: tenths(rounds[Math.floor((rounds.length - 1) / 2)] ?? 0),
    rounds_max: tenths(rounds.at(-1) ?? 0),
    memory_bytes_per_node: Math.round(memory),
    mistakes,
    real_seconds_per_virtual_second: Number(speed.toPrecision(3))
  }

  /** Rounds until each of the others has heard of one changed tag. */
  async function spread(change: number): Promise<number[]> {
    const origin = nodes[(change * 7919) % members]
    if (origin === undefined) return []
    // At any moment of a round.
    await scheduler.runUntil(scheduler.now + roundMs * (3 + ((change * 0.37) % 1)))
    const tagged = origin.membership.tag({ change: String(change) })
    await scheduler.runUntil(scheduler.now)
    await tagged
    const startedAt = scheduler.now
    const waiting = new Set(nodes.filter((node) => node !== origin))
    const found: number[] = []
    const look = (): boolean => {
      for (const node of waiting) {
        if (node.membership.tagsOf(origin.host.peerId)?.change !== String(change)) continue
        waiting.delete(node)
        found.push((scheduler.now - startedAt) / roundMs)
      }
      return waiting.size === 0
    }
    if (!(await until(look, SETTLE_MAX_MS))) throw new Error('a change did not reach everyone')
    return found
  }
}

async function until(done: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = scheduler.now + limitMs
  while (!done()) {
    if (scheduler.now >= deadline) return false
    await scheduler.runUntil(scheduler.now + LOOK_MS)
  }
  return true
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
