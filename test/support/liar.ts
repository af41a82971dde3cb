// A peer that speaks the protocol and lies: a bare host with the hello, and whatever a test lets it answer.
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import type { Genesis } from '../../src/ledger/index.ts'
import { type Host, Requests } from '../../src/network/index.ts'
import { createLibp2pHost } from '../../src/network/libp2p/index.ts'
import { HELLO_VERSION, helloProtocol } from '../../src/peers/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { fromHex, type Tip } from '../../src/wire/index.ts'

export const bytes = (hex: string): Uint8Array<ArrayBuffer> => fromHex(hex) as Uint8Array<ArrayBuffer>

/** More work than any honest chain, at a hash that does not exist. */
export const BOASTED_TIP: Tip = { height: 1_000_000, hash: bytes('ff'.repeat(32)), work: bytes('ff'.repeat(20)) }

export class Liar {
  readonly host: Host
  readonly requests: Requests

  private constructor(host: Host, requests: Requests) {
    this.host = host
    this.requests = requests
  }

  /** Listens, and greets with `tip`. Serve more through `requests` before a victim connects. */
  static async start(genesis: Genesis, tip: () => Tip, label = 'liar'): Promise<Liar> {
    const runtime = realRuntime({ seed: label })
    const host = await createLibp2pHost({
      secret: keyPairFromLabel(label).secret,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      maxConnections: 10,
      runtime
    })
    const requests = new Requests({ host, runtime })
    await requests.serve(helloProtocol, async () => ({
      version: HELLO_VERSION,
      genesis: bytes(genesis.hash),
      agent: 'liar',
      salt: new Uint8Array(8),
      head: tip()
    }))
    await host.start()
    return new Liar(host, requests)
  }

  get address(): string {
    return this.host.addresses()[0] ?? ''
  }

  async stop(): Promise<void> {
    await this.requests.stop()
    await this.host.stop()
  }
}
