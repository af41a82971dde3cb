// tx send: signs here, posts, waits, says how far it came.
import assert from 'node:assert/strict'
import { DEVELOPMENT_ACCOUNTS, developmentKey } from '../../src/ledger/index.ts'
import { toHex } from '../../src/wire/index.ts'
import { BLOCK, type FakeNetwork, fakeNetwork, GENESIS, type Outcome, starling, useDirectory } from './support.ts'

const addressOf = (name: string): string => toHex(developmentKey(name).publicKey)

describe('starling tx send', () => {
  const directory = useDirectory()
  let network: FakeNetwork

  beforeEach(async () => {
    network = await fakeNetwork()
  })
  afterEach(() => network.close())

  /** In a directory where the testnet runs. */
  function send(...flags: readonly string[]): Promise<Outcome> {
    const cwd = directory()
    network.announceIn(cwd)
    return starling(['tx', 'send', '--from', 'alice', '--to', 'bob', '--amount', '5', ...flags], { cwd })
  }

  it('posts one transaction that its sender signed for this network, with the next nonce', async () => {
    const { code } = await send('--fee', '2', '--data', '0xC0FFEE')
    assert.equal(code, 0)
    const [posted, ...more] = network.posted
    assert.deepEqual(more, [])
    assert.deepEqual(
      { ...posted, data: toHex(posted?.data ?? new Uint8Array()), bytes: undefined, id: undefined },
      {
        network: GENESIS.slice(0, 16),
        sender: addressOf('alice'),
        recipient: addressOf('bob'),
        amount: 5,
        fee: 2,
        nonce: 7,
        validUntil: 0,
        data: 'c0ffee',
        bytes: undefined,
        id: undefined
      }
    )
  })

  it('pays the least that nodes forward when no fee is given: one for each kilobyte started', async () => {
    await send('--data', 'ab'.repeat(2000))
    await send('--fee', '0')
    assert.deepEqual(
      network.posted.map(({ fee }) => fee),
      [3, 0]
    )
  })

  it('says in one line who has seen it and which block included it', async () => {
    const { out } = await send()
    const id = network.posted[0]?.id.slice(0, 4)
    assert.equal(out, `${id}… alice→bob 5, fee 1   seen 2/2 in 7 ms   included #13 after 2.4 s\n`)
  })

  it('gives one object with --json: id, height and the nodes that have it', async () => {
    const { out } = await send('--json')
    const { id, height, block, holders, nodes, latency_ms, state } = JSON.parse(out) as Record<string, unknown>
    assert.deepEqual([id, height, block], [network.posted[0]?.id, 13, BLOCK])
    assert.deepEqual([holders, nodes, latency_ms, state], [2, 2, 7, 'included'])
  })

  it('returns at once with --wait none', async () => {
    network.includes = false
    const { code, out } = await send('--wait', 'none')
    assert.equal(code, 0)
    assert.match(out, /alice→bob 5, fee 1\n$/)
    assert.ok(!network.requests.some((request) => request.includes('/v1/items')))
  })

  it('does not wait for a block with --wait seen', async () => {
    network.includes = false
    const { code, out } = await send('--wait', 'seen', '--json')
    assert.equal(code, 0)
    assert.equal((JSON.parse(out) as { state: string }).state, 'pending')
  })

  it('ends with exit code 4 when no block comes, and says where to look', async () => {
    network.includes = false
    const { code, err } = await send('--timeout', '1ms')
    assert.equal(code, 4)
    assert.match(
      err,
      /was not included within 1 ms \(seen 2\/2\); it stays pending\.\nLook again: npx starling tx show/
    )
  })

  describe('against a single node', () => {
    const sendTo = (...flags: readonly string[]): Promise<Outcome> => {
      const to = ['--api', network.nodes[0]?.api ?? '']
      return starling(['tx', 'send', '--from', 'alice', '--to', 'bob', '--amount', '5', ...to, ...flags], {
        cwd: directory()
      })
    }

    it('says which block included it and after how long, as measured here', async () => {
      network.announcers = 0
      const { code, out } = await sendTo()
      assert.equal(code, 0)
      assert.match(out, /fee 1 {3}included #13 after [\d.]+ m?s\n$/)
      const { included_after_ms, state } = JSON.parse((await sendTo('--json')).out) as Record<string, unknown>
      assert.equal(state, 'included')
      assert.ok(typeof included_after_ms === 'number' && included_after_ms >= 0)
    })

    it('names the peers that announced it when there are some', async () => {
      const { out } = await sendTo()
      assert.match(out, /fee 1 {3}announced by 2\/4 peers {3}included #13 after /)
    })

    it('takes "accepted" for "seen", because it can not know more, and says so', async () => {
      network.announcers = 0
      network.includes = false
      const { code, out, err } = await sendTo('--wait', 'seen')
      assert.equal(code, 0)
      assert.match(out, /fee 1 {3}accepted\n$/)
      assert.equal(err, "A single node can't tell who has seen what it sent: this returns once it is accepted.\n")
    })

    it('does not complain of zero peers when no block comes', async () => {
      network.announcers = 0
      network.includes = false
      const { code, out, err } = await sendTo('--timeout', '1ms')
      assert.equal(code, 4)
      assert.match(out, /fee 1 {3}not included yet\n$/)
      assert.match(err, /was not included within 1 ms; it stays pending\./)
    })
  })

  it('refuses before it signs when the sender has too little', async () => {
    network.balance = 3
    const { code, err } = await send()
    assert.equal(code, 1)
    assert.equal(err, 'error: Insufficient funds: alice has 3, needs 6 (5 + fee 1).\n')
    assert.deepEqual(network.posted, [])
  })

  it('counts all payments of --count', async () => {
    network.balance = 20
    const { err } = await send('--count', '4')
    assert.match(err, /alice has 20, needs 24 \(4 × \(5 \+ fee 1\)\)/)
  })

  it('sends --count payments with nonces in a row', async () => {
    const { code, out } = await send('--count', '5', '--json')
    assert.equal(code, 0)
    assert.deepEqual(
      network.posted.map(({ nonce }) => nonce),
      [7, 8, 9, 10, 11]
    )
    const ids = out.trimEnd().split('\n')
    assert.equal(new Set(ids.map((line) => (JSON.parse(line) as { id: string }).id)).size, 5)
  })

  it('asks again when someone used the nonce meanwhile', async () => {
    network.refusals.push({ code: 'conflict', message: 'Nonce 7 is taken.', nonce: 8 })
    const { code } = await send()
    assert.equal(code, 0)
    assert.equal(network.posted[0]?.nonce, 8)
  })

  it('repeats the reason of any other refusal, once', async () => {
    network.refusals.push({ code: 'fee-too-low', message: 'The fee is below 10.' })
    const { code, err } = await send('--json')
    assert.equal(code, 1)
    assert.deepEqual(JSON.parse(err), { error: { code: 'fee-too-low', message: 'The fee is below 10.' } })
    assert.deepEqual(network.posted, [])
  })

  it('knows the development accounts in any case of letters', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    for (const name of DEVELOPMENT_ACCOUNTS) {
      const args = [
        'tx',
        'send',
        '--from',
        name.toUpperCase(),
        '--to',
        addressOf(name),
        '--amount',
        '0',
        '--wait',
        'none'
      ]
      assert.equal((await starling(args, { cwd })).code, 0)
    }
    assert.deepEqual(
      network.posted.map(({ sender }) => sender),
      DEVELOPMENT_ACCOUNTS.map(addressOf)
    )
  })

  it('is found again by the first digits of its id', async () => {
    const cwd = directory()
    network.announceIn(cwd)
    await starling(['tx', 'send', '--from', 'alice', '--to', 'bob', '--amount', '5', '--wait', 'none'], { cwd })
    const id = network.posted[0]?.id ?? ''
    const { out } = await starling(['tx', 'show', id.slice(0, 8), '--json'], { cwd })
    const shown = JSON.parse(out) as { id: string; holders: number }
    assert.deepEqual([shown.id, shown.holders], [id, 2])
    const missing = await starling(['tx', 'show', 'ffffffff'], { cwd })
    assert.match(missing.err, /No recent transaction begins with ffffffff\./)
  })
})
