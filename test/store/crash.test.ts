import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Chain, createConsensus, Mempool } from '../../src/ledger/index.ts'
import { Importer } from '../../src/node/importer.ts'
import { type Random, realRuntime, seededRandom } from '../../src/runtime/index.ts'
import { openStore, verifyStore } from '../../src/store/index.ts'
import { EventEmitter } from '../../src/trace/index.ts'
import { genesis } from './sealed-chain.ts'

const ROUNDS = Number(process.env.STARLING_CRASH_ROUNDS ?? 10)
const SEED = process.env.STARLING_CRASH_SEED ?? 'crash-1'
const ACKNOWLEDGEMENTS_MAX = 60
const CHILD = join(import.meta.dirname, 'crash-child.ts')

/** What was acknowledged, over all rounds. */
interface Acknowledged {
  readonly transactions: Set<string>
  work: bigint
}

/** Runs the child and kills it within some milliseconds of a random acknowledgement. */
async function runAndKill(directory: string, round: number, random: Random, acknowledged: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [CHILD, directory, `${SEED}/${round}`], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  let linesLeft = 1 + random.int(ACKNOWLEDGEMENTS_MAX)
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, value = ''] = line.split(' ')
    if (what === 'tx') acknowledged.transactions.add(value)
    else acknowledged.work = BigInt(value)
    if (--linesLeft === 0) setTimeout(() => child.kill('SIGKILL'), random.next() * 8)
  }
  assert.deepEqual(await exited, [null, 'SIGKILL'], 'the child ended by itself')
}

/** Every problem of the store as the next start finds it. */
async function inspect(directory: string, acknowledged: Acknowledged): Promise<{ height: number; problems: string[] }> {
  const store = await openStore(directory, genesis)
  const problems: string[] = []
  try {
    for await (const step of verifyStore(store)) problems.push(...step.problems)
    const restored = store.restore()
    const chain = new Chain(
      { genesis, consensus: createConsensus(genesis), blocks: store },
      restored === undefined ? {} : { restored }
    )
    const mempool = new Mempool({ chain }, { network: genesis.network })
    const runtime = realRuntime({ seed: 0 })
    const importer = new Importer({ chain, mempool, store, runtime, events: new EventEmitter() })
    if (chain.head.work < acknowledged.work) problems.push(`head of work ${chain.head.work} < ${acknowledged.work}`)
    for (const id of acknowledged.transactions) {
      if (store.locate(id) === undefined && !mempool.has(id)) problems.push(`transaction ${id} is lost`)
    }
    await importer.stop()
    return { height: chain.head.height, problems }
  } finally {
    await store.close()
  }
}

describe('a crash', () => {
  it(`loses nothing that was acknowledged, at ${ROUNDS} random moments (seed ${SEED})`, async function () {
    this.timeout(10_000 + ROUNDS * 10_000)
    const directory = mkdtempSync(join(tmpdir(), 'starling-crash-'))
    const random = seededRandom(SEED)
    const acknowledged: Acknowledged = { transactions: new Set(), work: 0n }
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        await runAndKill(directory, round, random, acknowledged)
        const { problems } = await inspect(directory, acknowledged)
        assert.deepEqual(problems, [], `round ${round} of seed ${SEED}`)
      }
      assert.ok(acknowledged.transactions.size > ROUNDS, 'the child was at work')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
