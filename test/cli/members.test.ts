// starling members, members tag and leave against the APIs of two nodes on real sockets.
import { deepEqual, equal, match } from 'node:assert/strict'
import { nodeService, type RunningApi, startNodeApi } from '../../src/api/index.ts'
import type { Node } from '../../src/node/index.ts'
import { realTimers } from '../../src/runtime/index.ts'
import { TestNodes, until } from '../support/nodes.ts'
import { starling, useDirectory } from './support.ts'

const ROUND_MS = 100
/** Each fits, and there may be so many, but not of this length. */
const MANY = Array.from({ length: 16 }, (_, i) => `t${i}=${'x'.repeat(64)}`)

describe('starling members', function () {
  this.timeout(30_000)
  const directory = useDirectory()
  const nodes = new TestNodes()
  const apis: RunningApi[] = []
  let a: Node
  let b: Node

  const run = (api: number, ...args: string[]) =>
    starling([...args, '--api', apis[api]?.url ?? ''], { cwd: directory() })
  const list = async (...args: string[]): Promise<{ peer: string; state: string; tags: object }[]> =>
    JSON.parse((await run(0, 'members', '--json', ...args)).out)
  /** A command until its answer is as expected: what is said at one node has to reach the other. */
  async function eventually(look: () => Promise<boolean>): Promise<void> {
    const wait = async (signal: AbortSignal): Promise<void> => {
      while (!(await look())) await realTimers.sleep(ROUND_MS, signal)
    }
    await realTimers.within(10_000, wait)
  }

  before(async () => {
    const membership = { intervalMs: ROUND_MS }
    a = await nodes.add({ membership })
    b = await nodes.add({ membership: { ...membership, role: 'miner' }, bootstrap: a.host.addresses() })
    for (const node of [a, b]) {
      const service = nodeService(node, { version: '0', loopLagP99Ms: () => 0 })
      apis.push(await startNodeApi({ service, port: 0, runtime: node.runtime }))
    }
    await until([a, b], () => [a, b].every(({ membership: each }) => each?.size === 2))
  })
  after(async () => {
    await Promise.all(apis.map((api) => api.close()))
    await nodes.stop()
  })

  it('lists who is there, by tag and by state', async () => {
    const { code, out } = await run(0, 'members')
    equal(code, 0)
    match(out, /\(self\).*alive/)
    match(out, /2 members\n$/)
    const peers = async (...args: string[]): Promise<string[]> => (await list(...args)).map(({ peer }) => peer)
    deepEqual((await peers()).sort(), [a.host.peerId, b.host.peerId].sort())
    deepEqual(await peers('--tag', 'role=miner'), [b.host.peerId])
    deepEqual(await peers('--tag', 'role=miner', '--tag', 'zone=eu'), [])
    deepEqual(await peers('--state', 'down'), [])
  })

  it('sets and removes tags, which others hear of', async () => {
    const { out } = await run(1, 'members', 'tag', 'zone=eu-1', 'disk=ssd', '--json')
    deepEqual(JSON.parse(out).tags, { zone: 'eu-1', disk: 'ssd' })
    await eventually(async () => (await list('--tag', 'zone=eu-1', '--tag', 'disk=ssd')).length === 1)
    equal((await run(1, 'members', 'tag', 'disk=')).code, 0)
    await eventually(async () => (await list('--tag', 'zone=eu-1')).every(({ tags }) => !('disk' in tags)))
  })

  it('answers mistakes with one sentence', async () => {
    for (const [args, code, says] of [
      [['members', '--state', 'asleep'], 2, /--state is one of alive, suspect, down, left/],
      [['members', '--tag', 'miner'], 2, /A tag is name=value/],
      [['members', 'tag', 'zone=eu', '--state', 'alive'], 2, /--state is for listing members/],
      [['members', 'tag', 'zone'], 2, /A tag is name=value/],
      [['members', 'tag', `zone=${'x'.repeat(65)}`], 2, /haracters of the tag zone: 65 where 64 are allowed/],
      [['members', 'tag', 'zone=Zürich'], 2, /The tag zone: text that is not printable ASCII/],
      [['members', 'tag', ...MANY], 2, /Bytes of the profile, tags included: \d+ where 1024 are allowed/]
    ] as const) {
      const outcome = await run(0, ...args)
      equal(outcome.code, code, args.join(' '))
      match(outcome.err, says)
    }
  })

  it('says goodbye', async () => {
    match((await run(1, 'leave')).out, /has said goodbye/)
    await eventually(async () => (await list('--state', 'left')).length === 1)
  })
})
