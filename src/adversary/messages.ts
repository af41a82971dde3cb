// Roles that misuse messages and streams.
import type { Stream } from '@libp2p/interface'
import { adversaryDefaults } from '../config/index.ts'
import { Gossip, type Host, type MessageHandler, overriding, type Topic, type Verdict } from '../network/index.ts'
import { blocksProtocol, digestProtocol } from '../sync/index.ts'
import { BlocksRequest, fromHex, TransactionBatch } from '../wire/index.ts'
import { forgedTransaction } from './blocks.ts'
import { type Role, repeatedly, type Situation } from './situation.ts'

const { intervalMs, spamBatch, frameBytes, unreadStreamsMax } = adversaryDefaults
/** gossipsub's protocol that every version of it answers to. */
const GOSSIP_PROTOCOL = '/meshsub/1.1.0'

/** Batches of transactions whose signatures do not hold, each its own, so that nobody can have seen them. */
export const badSignatureSpam: Role = {
  act: (situation) =>
    repeatedly(situation, intervalMs, async () => {
      const transactions = Array.from({ length: spamBatch }, () => forgedTransaction(situation).bytes)
      const batch = TransactionBatch.encode({ transactions: transactions as Uint8Array<ArrayBuffer>[], attempt: 0 })
      await situation.node.gossip.publish('transaction', batch)
    })
}

/** Frames that say they are far longer than any may be: as a question, and as gossip. */
export const oversizedFrames: Role = {
  act: (situation) =>
    repeatedly(situation, intervalMs, () =>
      withEachPeer(situation, [digestProtocol.id, GOSSIP_PROTOCOL], async (stream) => {
        stream.send(new Uint8Array([...varint(frameBytes), 0, 0, 0]))
      })
    )
}

/** A length whose last byte never comes, as gossip; and a question that is begun and never ended. */
export const endlessFrames: Role = {
  act: (situation) =>
    repeatedly(situation, intervalMs, async () => {
      await withEachPeer(situation, [GOSSIP_PROTOCOL], async (stream) => {
        stream.send(new Uint8Array(16).fill(0x80))
      })
      await withEachPeer(situation, [digestProtocol.id], async (stream) => {
        stream.send(new Uint8Array([100, 0, 0, 0]))
      })
    })
}

/** Asks for all that a peer serves and reads nothing of it, nor of gossip. */
export const slowReader: Role = {
  wrap: (components) => ({ ...components, host: withUnreadGossip(components.host) }),
  act: (situation) => {
    const unread = new Map<string, Stream[]>()
    return repeatedly(situation, intervalMs, async () => {
      const { chain } = situation.node
      const hashes: Uint8Array<ArrayBuffer>[] = []
      for (let node = chain.headerNode(chain.head.hash); node !== undefined; node = node.parent) {
        if (hashes.length >= 32 || node.parent === undefined) break
        hashes.push(fromHex(node.hash) as Uint8Array<ArrayBuffer>)
      }
      await withEachPeer(situation, [blocksProtocol.id], async (stream, peer) => {
        const open = (unread.get(peer) ?? []).filter(({ status }) => status === 'open')
        if (open.length >= unreadStreamsMax) return stream.abort(new Error('enough'))
        unread.set(peer, [...open, stream])
        stream.pause()
        const question = BlocksRequest.encode({ hashes })
        stream.send(new Uint8Array([...varint(question.length), ...question]))
      })
    })
  }
}

/** Joins meshes and forwards nothing (the Sybils of Vyzovitis et al., "GossipSub", 2020), not even its own. */
export const silent: Role = {
  createGossip: (components, init) => new SilentGossip(components, init),
  act: () => () => {}
}

class SilentGossip extends Gossip {
  override onMessage(topic: Topic, handler: MessageHandler): void {
    super.onMessage(topic, async (message): Promise<Verdict> => {
      await handler(message)
      return 'ignore'
    })
  }

  override publish(): Promise<{ id: string; peers: number }> {
    return Promise.resolve({ id: '', peers: 0 })
  }

  override spread(): Promise<{ id: string }> {
    return Promise.resolve({ id: '' })
  }
}

/** Gossip streams of others are taken and never read. */
function withUnreadGossip(host: Host): Host {
  const { registrar } = host.gossipComponents
  const handle: typeof registrar.handle = (protocol, _handler, options) =>
    registrar.handle(protocol, (stream) => stream.pause(), options)
  return overriding(host, {
    gossipComponents: { ...host.gossipComponents, registrar: overriding(registrar, { handle }) }
  })
}

/** A stream of each protocol to each peer. The stream stays open; it ends with its connection, if the peer lets it. */
async function withEachPeer(
  { node }: Situation,
  protocols: readonly string[],
  use: (stream: Stream, peer: string) => Promise<void>
): Promise<void> {
  const each = node.peers.peers().flatMap(({ peer }) => protocols.map((protocol) => ({ peer, protocol })))
  await Promise.allSettled(
    each.map(async ({ peer, protocol }) => {
      const open = (signal: AbortSignal): Promise<Stream> => node.host.openStream(peer, protocol, signal)
      await use(await node.runtime.timers.within(adversaryDefaults.intervalMs * 4, open), peer)
    })
  )
}

/** Unsigned LEB128. */
function varint(value: number): number[] {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  bytes.push(value)
  return bytes
}
