// Membership on real sockets: twenty nodes in this process, one bootstrap address, rounds shortened to 0.4 s. How many
// rounds things take is for virtual time to say (test/scripts/membership.test.ts): here it depends on the machine.
// scripts/membership.ts does the same with processes and load, for a minute.
import { deepEqual, equal } from 'node:assert/strict'
import { findServices } from '../../src/index.ts'
import type { Node } from '../../src/node/index.ts'
import { realTimers } from '../../src/runtime/index.ts'
import type { MemberEvent, NodeEvent } from '../../src/trace/index.ts'
import { TestNodes, until } from '../support/nodes.ts'

const ROUND_MS = 400
const COUNT = 20
/** For a machine with much else to do. */
const WAIT_MS = 60_000

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
const stateAt = (node: Node, peer: string): string | undefined =>
  node.membership?.find().find((member) => member.peer === peer)?.state
const everyoneKnows = (nodes: readonly Node[], count = nodes.length): boolean =>
  nodes.every((node) => aliveAt(node).length === count)

describe('membership', function () {
  this.timeout(4 * WAIT_MS)
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

  it('lists everybody everywhere, from one bootstrap address', async () => {
    all = await network()
    await until(all, () => everyoneKnows(all), WAIT_MS)
    for (const node of all) deepEqual(aliveAt(node), idsOf(all))
    // And connects beyond the bootstrap node.
    await until(all, () => all.slice(1).every((node) => node.peers.peers().length >= 3), WAIT_MS)
  })

  it('tells who fell silent, who is back and who left, and says it of nobody else', async () => {
    await until(all, () => everyoneKnows(all), WAIT_MS)
    const victims = all.slice(4, 7)
    const others = all.filter((node) => !victims.includes(node))
    const gone = victims.map(({ host }) => host.peerId)
    const diary = new Diary(others)

    // What others see of kill -9: connections end, and nothing is said.
    await Promise.all(victims.map((node) => node.crash()))
    await until(others, () => others.every((node) => gone.every((peer) => stateAt(node, peer) === 'down')), WAIT_MS)
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
    await until([back], () => back.peers.peers().length > 0, WAIT_MS)
    await until(others, () => others.every((node) => stateAt(node, back.host.peerId) === 'alive'), WAIT_MS)

    // A goodbye.
    const leaver = others[9]
    if (leaver === undefined) throw new Error('nobody to leave')
    const stayers = others.filter((node) => node !== leaver)
    await leaver.membership?.leave()
    await until(stayers, () => stayers.every((node) => stateAt(node, leaver.host.peerId) === 'left'), WAIT_MS)
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
    await until([a, b], () => everyoneKnows([a, b]), WAIT_MS)
    const find = (tags: Record<string, string>): string[] => findServices(b, tags).map(({ peer }) => peer)
    deepEqual(find({ role: 'miner', zone: 'eu' }), [a.host.peerId])
    deepEqual(find({ role: 'miner', zone: 'us' }), [])
    const changed = Promise.withResolvers<void>()
    await a.membership?.tag({ zone: 'us', disk: 'ssd' })
    const look = realTimers.every(20, () => find({ zone: 'us', disk: 'ssd' }).length > 0 && changed.resolve())
    await realTimers.within(WAIT_MS, () => changed.promise)
    look.cancel()
    deepEqual({ ...(await a.membership?.tag({ disk: undefined })) }, { zone: 'us' })
  })
})
