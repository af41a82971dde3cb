// The node that is killed: a real one, on disk and on sockets, that mines, syncs with its peer and takes transactions.
// It loads first and waits on stdin for a line of JSON, so that a round does not wait for modules. Every line it
// prints is a fact as of that moment, written with one system call: `tx` and `head` are acknowledgements.
import { readFileSync, writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import { LedgerError, parseGenesis } from '../../src/ledger/index.ts'
import { type Node, openNode } from '../../src/node/index.ts'
import { realRuntime, realTimers, stderrLogger } from '../../src/runtime/index.ts'
import { NODE_OPTIONS, transactionOf, USERS } from './world.ts'

/** The line that sets it off. */
export interface Orders {
  readonly directory: string
  readonly genesisFile: string
  readonly seed: string
  /** Multiaddr of the peer, with its /p2p/ part. */
  readonly peer: string
  /** Mines alone for so long, ms: that is what makes long branches. */
  readonly aloneMs: number
}

/** In this moment, not when the event loop comes to it: what was done before a kill must have been said. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // The pipe is full: the harness is busy.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(NEVER_WOKEN, 0, 0, 1)
    }
  }
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4))

/** Says when a write begins and when it is done, for the count of kills inside of one. */
function observe<Args extends unknown[]>(what: string, write: (...args: Args) => Promise<void>) {
  return async (...args: Args): Promise<void> => {
    say(`begin ${what}`)
    await write(...args)
    say(`end ${what}`)
  }
}

async function live({ directory, genesisFile, seed, peer, aloneMs }: Orders): Promise<void> {
  const genesis = parseGenesis(readFileSync(genesisFile, 'utf8'))
  const runtime = realRuntime({ seed, logger: stderrLogger('error') })
  const node = await openNode({ ...NODE_OPTIONS, genesis, directory, runtime })
  const { store } = node
  store.commit = observe('commit', store.commit.bind(store))
  store.journal = observe('journal', store.journal.bind(store))
  node.events.subscribe((event) => {
    if (event.type === 'peer') say(event.state)
    if (event.type === 'head') say(`head ${event.work} ${event.height} ${event.abandoned}`)
  })
  await node.start()
  say(`ready ${node.chain.head.work}`)
  node.producer?.start()
  realTimers.after(aloneMs, () => node.peers.connectTo(peer))
  for (;;) {
    await submitSome(node)
    await realTimers.sleep(10 + runtime.random.int(30))
  }
}

async function submitSome(node: Node): Promise<void> {
  const users = node.runtime.random.shuffle(USERS).slice(0, 1 + node.runtime.random.int(USERS.length))
  const submissions = users.map(async (user) => {
    const nonce = node.mempool.nextNonce(Buffer.from(user.publicKey).toString('hex'))
    try {
      const { id } = await node.submit(transactionOf(node.genesis, user, nonce, node.runtime.random.int(2 ** 32)).bytes)
      say(`tx ${id}`)
    } catch (error) {
      // The chain went on while it was checked: not accepted, so nothing is owed.
      if (!(error instanceof LedgerError)) throw error
    }
  })
  await Promise.all(submissions)
}

// Node would keep what it compiled at its exit, which never comes.
flushCompileCache()
for await (const line of createInterface({ input: process.stdin })) {
  void live(JSON.parse(line) as Orders)
}
// The one who kills it is gone.
process.exit(0)
