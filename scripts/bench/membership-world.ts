// A worker of the membership benchmark: hosts on virtual links with the membership service and nothing else, in virtual
// time. Time and timers are taken over before anything that uses them is imported.
import { parentPort, workerData } from 'node:worker_threads'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Scheduler } from '../../src/engine/virtual/scheduler.ts'
import { seededRandom, takeOverGlobals } from '../../src/runtime/index.ts'
import type { BenchMember, BenchNetwork } from './membership-nodes.ts'

export interface MembershipOrder extends BenchNetwork {
  /** Changes whose spread is measured, each by another member, a little after the one before. */
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
  // What the first one freed of buffers is counted by the second.
  collect()
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

/** One changed tag on its way: who has yet to hear of it, and after how many rounds the others had. */
interface Spread {
  readonly value: string
  readonly peer: string
  readonly startedAt: number
  readonly waiting: Set<BenchMember>
  readonly found: number[]
}

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
  const spreads: Spread[] = []
  for (let change = 0; change < changes; change++) {
    spreads.push(await begin(change))
    // At any moment of a round. The next one sets out while this one spreads: each is a rumour of its own.
    const next = scheduler.now + roundMs * 1.37
    while (scheduler.now < next) {
      await scheduler.runUntil(Math.min(next, scheduler.now + LOOK_MS))
      look(spreads)
    }
  }
  if (!(await until(() => look(spreads), SETTLE_MAX_MS))) throw new Error('a change did not reach everyone')
  for (const { found } of spreads) rounds.push(...found)
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

  /** Changes one tag of some node. */
  async function begin(change: number): Promise<Spread> {
    const origin = nodes[(change * 7919) % members]
    if (origin === undefined) throw new RangeError('no members')
    const tagged = origin.membership.tag({ change: String(change) })
    await scheduler.runUntil(scheduler.now)
    await tagged
    const waiting = new Set(nodes.filter((node) => node !== origin))
    return { value: String(change), peer: origin.host.peerId, startedAt: scheduler.now, waiting, found: [] }
  }

  /** Notes who has heard by now; whether that is everyone. */
  function look(spreads: readonly Spread[]): boolean {
    for (const { value, peer, startedAt, waiting, found } of spreads) {
      for (const node of waiting) {
        if (node.membership.tagsOf(peer)?.change !== value) continue
        waiting.delete(node)
        found.push((scheduler.now - startedAt) / roundMs)
      }
    }
    return spreads.every(({ waiting }) => waiting.size === 0)
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
