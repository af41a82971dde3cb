// A peer to catch up from, in a process of its own: a node over a chain that is there already, and beside it a bare host
// that sends bytes on a stream as fast as they are taken. Ends with whoever started it.
import { readFileSync } from 'node:fs'
import { parseGenesis } from '../../src/ledger/index.ts'
import { createLibp2pHost } from '../../src/network/libp2p/index.ts'
import { openNode } from '../../src/node/index.ts'
import { realEntropy, realRuntime } from '../../src/runtime/index.ts'
import { RAW_CHUNK_BYTES, RAW_PROTOCOL, type ServerReady } from './sync-messages.ts'

const [directory = '', genesisFile = '', bytes = '0'] = process.argv.slice(2)
process.once('disconnect', () => process.exit())
process.on('SIGINT', () => {})

const runtime = realRuntime()
const genesis = parseGenesis(readFileSync(genesisFile, 'utf8'))
const node = await openNode({ genesis, directory, peers: 'static', membership: 'off', runtime })
await node.start()

const raw = await createLibp2pHost({
  secret: realEntropy.bytes(32),
  listen: ['/ip4/127.0.0.1/tcp/0'],
  runtime,
  maxConnections: 8
})
await raw.handle(
  RAW_PROTOCOL,
  async (stream) => {
    const chunk = new Uint8Array(RAW_CHUNK_BYTES).fill(7)
    for (let left = Number(bytes); left > 0; left -= chunk.length) {
      if (!stream.send(chunk.subarray(0, Math.min(left, chunk.length)))) await stream.onDrain()
    }
    await stream.close()
  },
  { maxInboundStreams: 1 }
)
await raw.start()

const ready: ServerReady = { node: node.host.addresses(), raw: raw.addresses() }
process.send?.(ready)
