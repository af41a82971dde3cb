// How fast an empty node catches up from three peers over TCP, each a process of its own, beside two things that no
// catch-up can beat: importing the same blocks from a file, every check made, and moving the same bytes on a bare libp2p
// stream. Then once more with one of the peers standing still from the middle on.
import { type ChildProcess, fork } from 'node:child_process'
import { cpSync, createReadStream, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LEDGER_LIMITS } from '../../src/config/index.ts'
import { Chain, createConsensus, type Genesis } from '../../src/ledger/index.ts'
import { createLibp2pHost } from '../../src/network/libp2p/index.ts'
import { importChain } from '../../src/node/chain-import.ts'
import { type Node, openNode } from '../../src/node/index.ts'
import { openOffline } from '../../src/node/offline.ts'
import { realEntropy, realRuntime } from '../../src/runtime/index.ts'
import { exportChain, openStore } from '../../src/store/index.ts'
import { ChainMaker } from './chain-maker.ts'
import { LoopPauses, seconds, withDirectory } from './measure.ts'
import { type Benchmark, comparison, row, significant } from './result.ts'
import { RAW_PROTOCOL, type ServerReady } from './sync-messages.ts'

const TRANSACTION_BYTES = 250
const FULL = { peers: 3, accounts: 1_000, blocks: 20_000, transactions: 10, rounds: 2 }
const QUICK = { peers: 2, accounts: 20, blocks: 200, transactions: 2, rounds: 1 }
const GOALS = { overLimit: { least: 0.6 }, stallSlowdown: { most: 1.2 } }
/** A catch-up that takes longer has stopped, ms. */
const CATCH_UP_MS_MAX = 600_000

interface MadeChain {
  readonly genesis: Genesis
  readonly blocks: number
  /** Of the encoded blocks. */
  readonly bytes: number
  /** A store with all of it, and a chain file. */
  readonly store: string
  readonly file: string
}

interface Peer {
  readonly process: ChildProcess
  readonly ready: ServerReady
}

export const sync: Benchmark = ({ quick, progress }) =>
  withDirectory(async (directory) => {
    const size = quick ? QUICK : FULL
    progress(`a chain of ${size.blocks} blocks`)
    const chain = await makeChain(directory, size)
    const peers = await startPeers(directory, chain, size.peers)
    const pauses = new LoopPauses()
    const times = { file: [] as number[], raw: [] as number[], sync: [] as number[], stalled: [] as number[] }
    try {
      // By turns, so that a machine that gets slower slows all of them.
      for (let round = 1; round <= size.rounds; round++) {
        const fresh = (name: string): string => `${directory}/${name}-${round}`
        progress(`round ${round} of ${size.rounds}: from a file`)
        times.file.push(await importFile(chain, fresh('file')))
        progress(`round ${round} of ${size.rounds}: a bare stream`)
        times.raw.push(await receiveRaw(peers, chain.bytes))
        progress(`round ${round} of ${size.rounds}: from ${size.peers} peers`)
        await pauses.during(async () => void times.sync.push(await catchUp(chain, peers, fresh('sync'))))
        progress(`round ${round} of ${size.rounds}: one of them stalls`)
        times.stalled.push(await catchUp(chain, peers, fresh('stalled'), true))
      }
    } finally {
      for (const { process } of peers) process.kill('SIGKILL')
    }
    return figures(chain, size.peers, times, pauses)
  })

function figures(
  { blocks, bytes }: MadeChain,
  peers: number,
  times: Record<'file' | 'raw' | 'sync' | 'stalled', readonly number[]>,
  pauses: LoopPauses
): Awaited<ReturnType<Benchmark>> {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  // Times of the same bytes: the slower limit is the lower one.
  const overLimit = Math.max(sum(times.file), sum(times.raw)) / sum(times.sync)
  const stallSlowdown = sum(times.stalled) / sum(times.sync)
  const rates = (name: string, of: readonly number[], more = {}) => [
    row(
      name,
      'blocks/s',
      of.map((time) => blocks / time),
      more
    ),
    row(
      name,
      'MB/s',
      of.map((time) => bytes / 1e6 / time)
    )
  ]
  return {
    rows: [
      ...rates('imported from a file', times.file),
      ...rates('bare libp2p stream', times.raw),
      ...rates(`caught up from ${peers} peers`, times.sync, {
        ...pauses.summary(),
        comparison: comparison(overLimit, 'of the lower limit', GOALS.overLimit)
      }),
      ...rates('caught up, one stalls midway', times.stalled, {
        comparison: comparison(stallSlowdown, '× the time', GOALS.stallSlowdown)
      })
    ],
    ratios: { over_limit: significant(overLimit), stall_slowdown: significant(stallSlowdown) }
  }
}

/** Straight into a store: its own signatures need no check. */
async function makeChain(directory: string, size: typeof FULL): Promise<MadeChain> {
  const maker = new ChainMaker({ accounts: size.accounts, transactionBytes: TRANSACTION_BYTES })
  const { genesis } = maker
  const path = `${directory}/chain`
  const store = await openStore(path, genesis, { settings: { syncHeads: false } })
  const chain = new Chain({ genesis, consensus: createConsensus(genesis), blocks: store })
  let bytes = 0
  for (let made = 1; made <= size.blocks; made++) {
    const block = maker.block(maker.transactions(size.transactions))
    bytes += block.bytes.length
    chain.insertHeader(block.header, block.header.time)
    chain.insertBody(block)
    if (made % LEDGER_LIMITS.stepMaxBlocks !== 0 && made !== size.blocks) continue
    for (let update = chain.apply(); update !== undefined; update = chain.apply()) await store.commit(update)
  }
  const file = `${directory}/chain.starling`
  await exportChain(store, file, { from: 1, to: size.blocks, force: false })
  await store.close()
  return { genesis, blocks: size.blocks, bytes, store: path, file }
}

async function startPeers(directory: string, { genesis, store, bytes }: MadeChain, count: number): Promise<Peer[]> {
  const genesisFile = `${directory}/genesis.json`
  writeFileSync(genesisFile, JSON.stringify(genesis.file))
  const script = fileURLToPath(new URL('./sync-server.ts', import.meta.url))
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const copy = `${directory}/peer-${i}`
      cpSync(store, copy, { recursive: true })
      const process = fork(script, [copy, genesisFile, String(bytes)])
      const ready = await new Promise<ServerReady>((resolve, reject) => {
        process.once('message', resolve)
        process.once('exit', (code) => reject(new Error(`a peer ended with code ${code}`)))
      })
      return { process, ready }
    })
  )
}

/** Seconds. */
async function importFile({ genesis, file, blocks }: MadeChain, directory: string): Promise<number> {
  const ledger = await openOffline({ genesis, directory, runtime: realRuntime() })
  try {
    return await seconds(async () => {
      const { imported } = await importChain(ledger, { source: createReadStream(file) })
      if (imported !== blocks) throw new Error(`${imported} of ${blocks} blocks were imported`)
    })
  } finally {
    await ledger.close()
  }
}

/** Seconds. */
async function receiveRaw(peers: readonly Peer[], bytes: number): Promise<number> {
  const [address = ''] = peers[0]?.ready.raw ?? []
  const host = await createLibp2pHost({
    secret: realEntropy.bytes(32),
    listen: [],
    maxConnections: 8,
    runtime: realRuntime()
  })
  await host.start()
  try {
    const peer = await host.dial(address)
    return await seconds(async () => {
      const stream = await host.openStream(peer, RAW_PROTOCOL)
      let received = 0
      for await (const chunk of stream) received += chunk.byteLength
      if (received !== bytes) throw new Error(`${received} of ${bytes} bytes arrived`)
    })
  } finally {
    await host.stop()
  }
}

/** Seconds from the first dial to the last block. With `stalls`, the last peer stands still from half the height on. */
async function catchUp(chain: MadeChain, peers: readonly Peer[], directory: string, stalls = false): Promise<number> {
  const { genesis, blocks } = chain
  mkdirSync(directory)
  const node = await openNode({ genesis, directory, peers: 'static', membership: 'off', runtime: realRuntime() })
  const last = peers.at(-1)?.process
  try {
    const time = await seconds(async () => {
      await node.start()
      for (const { ready } of peers) node.peers.connectTo(ready.node[0] ?? '')
      if (stalls) {
        await reach(node, Math.floor(blocks / 2))
        last?.kill('SIGSTOP')
      }
      await reach(node, blocks)
    })
    return time
  } finally {
    last?.kill('SIGCONT')
    await node.stop()
  }
}

function reach(node: Node, height: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      unsubscribe()
      reject(new Error(`no more blocks after #${node.chain.head.height}`))
    }, CATCH_UP_MS_MAX)
    const look = (): void => {
      if (node.chain.head.height < height) return
      clearTimeout(limit)
      unsubscribe()
      resolve()
    }
    const unsubscribe = node.events.subscribe(look)
    look()
  })
}
