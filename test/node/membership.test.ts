// Membership on real sockets: twenty nodes in this process, one bootstrap address, rounds shortened to 0.4 s. scripts/membership.ts does the same with processes and load, for a minute.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { findServices } from '../../src/index.ts'
import type { Node } from '../../src/node/index.ts'
import { realTimers } from '../../src/runtime/index.ts'
import type { MemberEvent, NodeEvent } from '../../src/trace/index.ts'
import { TestNodes, until } from '../support/nodes.ts'

const ROUND_MS = 400
const COUNT = 20

type Change = MemberEvent['change']

/** Every change that a node saw of its members, with the time. */
class Diary {
  readonly entries: { readonly at: number; readonly by: string; readonly peer: string; readonly change: Change }[] = []
  readonly #by: Set<string>

  constructor(nodes: readonly Node[]) {
    this.#by = new Set(nodes.map(({ host }) => host.peerId))
    for (const node of nodes) {
      node.events.subscribe((event: NodeEvent) => {
        if (event.type === 'member') this.entries.push({ ...event, by: node.host.peerId })
      })
    }
  }

  /** Changes of one member as one node saw them. */
  of(peer: string, by: string): Change[] {
    return this.entries.filter((entry) => entry.peer === peer && entry.by === by).map(({ change }) => change)
  }

  /** Verdicts against members other than these. */
  against(except: readonly string[]): string[] {
    return this.entries
      .filter(
        ({ change, peer, by }) =>
          (change === 'suspected' || change === 'down') && !except.includes(peer) && this.#by.has(by)
      )
      .map(({ change, peer }) => `${change} ${peer}`)
  }
}

const idsOf = (nodes: readonly Node[]): string[] => nodes.map(({ host }) => host.peerId).sort()
const aliveAt = (node: Node): string[] =>
  (node.membership?.find({ state: 'alive' }) ?? []).map(({ peer }) => peer).sort()
const roundsOf = (node: Node): number => node.membership?.rounds ?? 0
/** Rounds that pass from here on, by the count of the nodes: a busy machine makes them longer, not more. */
function roundsSince(nodes: readonly Node[]): () => number {
  const before = nodes.map(roundsOf)
  return () => Math.max(...nodes.map((node, i) => roundsOf(node) - (before[i] ?? 0)))
}
const stateAt = (node: Node, peer: string): string | undefined =>
  node.membership?.find().find((member) => member.peer === peer)?.state
const everyoneKnows = (nodes: readonly Node[], count = nodes.length): boolean =>
  nodes.every((node) => aliveAt(node).length === count)

describe('membership', function () {
  this.timeout(60_000)
  const nodes = new TestNodes()
  after(() => nodes.stop())

  const settings = { intervalMs: ROUND_MS }
  // Started once: handshakes of twenty nodes take most of the time. The second test goes on where the first ended.
  let all: Node[] = []
  async function network(): Promise<Node[]> {
    const first = await nodes.add({ membership: settings })
    const options = {
      membership: settings,
      bootstrap: first.host.addresses().slice(0, 1),
      peers: { outbound: 4, connections: 50 }
    }
    return [first, ...(await nodes.addMany(COUNT - 1, options))]
  }

  it('lists everybody everywhere within ten rounds, from one bootstrap address', async () => {
    all = await network()
    // Handshakes of twenty nodes in one process take their time; rounds count from where everyone has a connection.
    await until(all, () => all.every((node) => node.peers.peers().length > 0))
    const rounds = roundsSince(all)
    await until(all, () => everyoneKnows(all))
    ok(rounds() <= 10, `${rounds()} rounds`)
    for (const node of all) deepEqual(aliveAt(node), idsOf(all))
    // And connects beyond the bootstrap node.
    await until(all, () => all.slice(1).every((node) => node.peers.peers().length >= 3))
  })

  it('tells who fell silent, who is back and who left, and says it of nobody else', async () => {
    await until(all, () => everyoneKnows(all))
    const victims = all.slice(4, 7)
    const others = all.filter((node) => !victims.includes(node))
    const gone = victims.map(({ host }) => host.peerId)
    const diary = new Diary(others)

    // What others see of kill -9: connections end, and nothing is said.
    await Promise.all(victims.map((node) => node.crash()))
    const killed = roundsSince(others)
    await until(others, () => others.every((node) => gone.every((peer) => stateAt(node, peer) === 'down')), 30_000)
    ok(killed() <= 25, `${killed()} rounds`)
    for (const node of others) {
      for (const peer of gone) deepEqual(diary.of(peer, node.host.peerId), ['suspected', 'down'])
    }
    deepEqual(diary.against(gone), [])
    equal(
      others.every((node) => aliveAt(node).length === others.length),
      true
    )

    // Restarted, with the same key and no memory of its last generation.
    const [victim] = victims
    if (victim === undefined) throw new Error('nobody was stopped')
    const bootstrap = others.slice(0, 2).flatMap(({ host }) => host.addresses().slice(0, 1))
    const back = await nodes.restart(victim, {
      membership: settings,
      bootstrap,
      peers: { outbound: 4, connections: 50 }
    })
    await until([back], () => back.peers.peers().length > 0)
    const restarted = roundsSince(others)
    await until(others, () => others.every((node) => stateAt(node, back.host.peerId) === 'alive'))
    ok(restarted() <= 3, `${restarted()} rounds`)

    // A goodbye.
    const leaver = others[9]
    if (leaver === undefined) throw new Error('nobody to leave')
    const stayers = others.filter((node) => node !== leaver)
    const left = roundsSince(stayers)
    await leaver.membership?.leave()
    await until(stayers, () => stayers.every((node) => stateAt(node, leaver.host.peerId) === 'left'))
    ok(left() <= 5, `${left()} rounds`)
    await realTimers.sleep(ROUND_MS)
    for (const node of stayers) deepEqual(diary.of(leaver.host.peerId, node.host.peerId), ['left'])
    deepEqual(diary.against(gone), [])
  })

  it('finds services by their tags, also after they change', async () => {
    const [a, b] = await Promise.all([
      nodes.add({ membership: { ...settings, role: 'miner', tags: { zone: 'eu' } } }),
      nodes.add({ membership: settings })
    ])
    b.peers.connectTo(a.host.addresses()[0] ?? '')
    await until([a, b], () => everyoneKnows([a, b]))
    const find = (tags: Record<string, string>): string[] => findServices(b, tags).map(({ peer }) => peer)
    deepEqual(find({ role: 'miner', zone: 'eu' }), [a.host.peerId])
    deepEqual(find({ role: 'miner', zone: 'us' }), [])
    const changed = Promise.withResolvers<void>()
    await a.membership?.tag({ zone: 'us', disk: 'ssd' })
    const look = realTimers.every(20, () => find({ zone: 'us', disk: 'ssd' }).length > 0 && changed.resolve())
    await realTimers.within(5 * ROUND_MS, () => changed.promise)
    look.cancel()
    deepEqual({ ...(await a.membership?.tag({ disk: undefined })) }, { zone: 'us' })
  })
})
