// Kills a mining, syncing node with SIGKILL at random moments, again and again, and looks each time at what is left.
// The peer that it syncs with lives in this process and is never killed. What varies comes from one seed (the moments
// themselves are the machine's).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Genesis } from '../../src/ledger/index.ts'
import { type Node, openNode } from '../../src/node/index.ts'
import { type Random, realClock, realRuntime, realTimers, seededRandom } from '../../src/runtime/index.ts'
import { toHex } from '../../src/wire/index.ts'
import type { Orders } from './child.ts'
import { type Acknowledged, inspect } from './inspect.ts'
import { makeGenesis, NODE_OPTIONS, PEER_USERS, transactionOf } from './world.ts'

export interface CrashInit {
  readonly rounds: number
  readonly seed: string
  /** Empty; the killed node's data directory and the genesis file go here. */
  readonly directory: string
  readonly onRound?: (round: number, result: CrashResult) => void
}

export interface CrashResult {
  rounds: number
  /** By what the node was doing when it died. `start`: it had not said that it is ready. */
  readonly kills: { commit: number; journal: number; start: number; other: number }
  transactionsAcknowledged: number
  headsAcknowledged: number
  /** Of the killed node: heads that abandoned blocks, and the most blocks that one did. */
  readonly reorganisations: { count: number; maxDepth: number }
  height: number
  /** Of the round that failed. A run ends with it. */
  problems: readonly string[]
}

/** Why the harness itself could not go on: a child that ended or hung by itself. */
export class CrashHarnessError extends Error {
  readonly code = 'crash-harness'
}

const CHILD = join(import.meta.dirname, 'child.ts')
/** A life after it is ready, or has met its peer, ms. Longer: more blocks a round. */
const LIFE_MAX_MS = 400
/** Killed then at the latest, ms: it may have lost the race for a connection that the peer took for the old one. */
const MEETING_MAX_MS = 5000
/** Kills while it starts fall into this time after the order to, ms. */
const START_MAX_MS = 150
/** Problems of a round that are told. */
const PROBLEMS_MAX = 20
/** Without a sign of life for so long it hangs, ms. */
const SILENCE_MAX_MS = 60_000

/** Ends at the first round that finds a problem. Rejects with `CrashHarnessError`. */
export async function runCrashes({ rounds, seed, directory, onRound }: CrashInit): Promise<CrashResult> {
  const genesis = makeGenesis(Math.floor(realClock().now()) - 1000)
  const genesisFile = join(directory, 'genesis.json')
  writeFileSync(genesisFile, JSON.stringify(genesis.file))
  const data = join(directory, 'node')
  const random = seededRandom(seed)
  const acknowledged: Acknowledged = { transactions: new Set(), work: 0n }
  const result: CrashResult = {
    rounds: 0,
    kills: { commit: 0, journal: 0, start: 0, other: 0 },
    transactionsAcknowledged: 0,
    headsAcknowledged: 0,
    reorganisations: { count: 0, maxDepth: 0 },
    height: 0,
    problems: []
  }
  const peer = await startPeer(genesis, seed)
  let next = load()
  try {
    while (result.rounds < rounds && result.problems.length === 0) {
      const child = next
      next = load()
      const round = result.rounds + 1
      const orders: Orders = {
        directory: data,
        genesisFile,
        seed: `${seed}/${round}`,
        peer: peer.address,
        aloneMs: random.int(3) === 0 ? random.int(400) : 0
      }
      await new Life(child, { acknowledged, result }).runAndKill(orders, random)
      result.rounds = round
      // Not after every life: an inspection recovers and closes the store, and the next kill must also meet a start
      // that has to recover it itself.
      if (round === rounds || random.int(3) > 0) {
        const { height, problems } = await inspect(data, genesis, acknowledged)
        result.height = height
        result.problems = [...result.problems, ...problems].slice(0, PROBLEMS_MAX)
      }
      onRound?.(round, result)
    }
    return result
  } finally {
    next.kill('SIGKILL')
    await peer.stop()
  }
}

/** Loading the modules takes longer than most lives: a process is started a round ahead, and what it compiled kept. */
function load(): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') }
  })
}

async function startPeer(genesis: Genesis, seed: string): Promise<{ address: string; stop(): Promise<void> }> {
  const node: Node = await openNode({ ...NODE_OPTIONS, genesis, runtime: realRuntime({ seed: `${seed}/peer` }) })
  await node.start()
  node.producer?.start()
  const submitting = realTimers.every(100, () => {
    for (const user of PEER_USERS) {
      const nonce = node.mempool.nextNonce(toHex(user.publicKey))
      // Refused when the chain moves meanwhile; the next one will do.
      node.submit(transactionOf(genesis, user, nonce, node.runtime.random.int(2 ** 32)).bytes).catch(() => {})
    }
  })
  const [address] = node.host.addresses()
  if (address === undefined) throw new CrashHarnessError('the peer has no address')
  const stop = async (): Promise<void> => {
    submitting.cancel()
    await node.stop()
  }
  return { address, stop }
}

/** When to kill: what the time counts from, and whether it then waits for the next commit to begin. */
interface Plan {
  readonly from: 'orders' | 'ready' | 'connected'
  readonly afterMs: number
  readonly inCommit: boolean
  /** Into the commit, ms. */
  readonly delayMs: number
}

/** One life of the node: from its orders to its death. */
class Life {
  readonly #child: ChildProcess
  readonly #acknowledged: Acknowledged
  readonly #result: CrashResult
  readonly #writing = { commit: 0, journal: 0 }
  #isReady = false
  #isKilled = false

  constructor(child: ChildProcess, { acknowledged, result }: { acknowledged: Acknowledged; result: CrashResult }) {
    this.#child = child
    this.#acknowledged = acknowledged
    this.#result = result
  }

  async runAndKill(orders: Orders, random: Random): Promise<void> {
    const { stdin, stdout } = this.#child
    if (stdin === null || stdout === null) throw new CrashHarnessError('the child has no pipes')
    const exited = once(this.#child, 'exit')
    // What was printed before the end is read to its end, even after the kill.
    const lines = createInterface({ input: stdout })
    const plan = planOf(random)
    stdin.write(`${JSON.stringify(orders)}\n`)
    const timers = [realTimers.after(SILENCE_MAX_MS, () => this.#child.kill('SIGTERM'))]
    let isAiming = false
    const reached = (milestone: Plan['from']): void => {
      if (milestone !== plan.from) return
      const due = (): void => {
        if (plan.inCommit) isAiming = true
        else this.#kill()
      }
      timers.push(realTimers.after(plan.afterMs, due))
    }
    reached('orders')
    for await (const line of lines) {
      this.#note(line)
      if (line.startsWith('ready')) {
        reached('ready')
        timers.push(realTimers.after(MEETING_MAX_MS, () => this.#kill()))
      }
      if (line === 'connected') reached('connected')
      if (isAiming && line === 'begin commit') this.#killAfter(plan.delayMs)
    }
    for (const timer of timers) timer.cancel()
    const [code, signal] = (await exited) as [number | null, string | null]
    if (signal !== 'SIGKILL') throw new CrashHarnessError(`the node ended by itself: ${signal ?? `exit code ${code}`}`)
    this.#count()
  }

  #note(line: string): void {
    const [what, value = '', , abandoned = '0'] = line.split(' ')
    const { reorganisations } = this.#result
    switch (what) {
      case 'ready':
        this.#isReady = true
        if (BigInt(value) < this.#acknowledged.work) {
          this.#result.problems = [...this.#result.problems, `It started at work ${value}, less than acknowledged.`]
        }
        break
      case 'tx':
        this.#acknowledged.transactions.add(value)
        this.#result.transactionsAcknowledged = this.#acknowledged.transactions.size
        break
      case 'head':
        this.#acknowledged.work = BigInt(value)
        this.#result.headsAcknowledged++
        if (abandoned !== '0') reorganisations.count++
        reorganisations.maxDepth = Math.max(reorganisations.maxDepth, Number(abandoned))
        break
      case 'begin':
      case 'end':
        this.#writing[value === 'commit' ? 'commit' : 'journal'] += what === 'begin' ? 1 : -1
    }
  }

  /** A timer would round to whole milliseconds, and a commit takes about one. */
  #killAfter(ms: number): void {
    const clock = realClock()
    for (const end = clock.now() + ms; clock.now() < end; );
    this.#kill()
  }

  #kill(): void {
    if (this.#isKilled) return
    this.#isKilled = true
    this.#child.kill('SIGKILL')
  }

  #count(): void {
    const { kills } = this.#result
    if (this.#writing.commit > 0) kills.commit++
    else if (this.#writing.journal > 0) kills.journal++
    else if (!this.#isReady) kills.start++
    else kills.other++
  }
}

function planOf(random: Random): Plan {
  const draw = random.next()
  const from = draw < 0.1 ? 'orders' : draw < 0.35 ? 'ready' : 'connected'
  const afterMs = random.next() * (from === 'orders' ? START_MAX_MS : LIFE_MAX_MS)
  return { from, afterMs, inCommit: from !== 'orders' && random.int(2) === 0, delayMs: random.next() * 2 }
}
