import { deepEqual, equal, ok } from 'node:assert/strict'
import { peerDefaults } from '../../src/config/index.ts'
import { siteOf } from '../../src/peers/address.ts'
import { AddressBook, groupOf, peerOf } from '../../src/peers/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'

const { addressesPerPeerMax, backoffMaxMs, backoffMs, newFailuresMax, newMax, newPerSourceMax, triedMax } = peerDefaults

/** The address of peer `i`, in an address group of its own. */
const address = (i: number): string =>
  `/ip4/10.${i >> 8}.${i & 255}.1/tcp/1000/p2p/12D3KooW${i.toString(9).replaceAll('0', '9')}`

const addressesOf = (book: AddressBook): string[] => book.all().map((known) => known.address)

describe('address book', () => {
  it('waits twice as long after each failure, up to a bound, and starts over after a success', () => {
    const book = new AddressBook()
    const random = seededRandom(1)
    book.pin(address(1))
    let now = 0
    for (let i = 0; i < 12; i++) {
      book.failed(address(1), now, random)
      const wait = (book.all()[0]?.nextDialAt ?? 0) - now
      const middle = Math.min(backoffMaxMs, backoffMs * 2 ** i)
      ok(wait >= 0.5 * middle && wait <= 1.5 * middle, `wait ${i} is ${wait}`)
      now += wait
    }
    // Whoever takes a connection and drops it again has not made up for anything.
    book.tried(address(1))
    equal(book.all()[0]?.failures, 12)
    book.succeeded(address(1))
    deepEqual([book.all()[0]?.failures, book.all()[0]?.nextDialAt], [0, 0])
  })

  it('keeps what led to a peer apart from what was told, across a restart', () => {
    const book = new AddressBook()
    book.pin(address(1))
    book.pin(address(2))
    book.tried(address(2))
    book.learn(address(3), 'a')
    book.learn(address(4), 'a')
    book.tried(address(4))
    const again = new AddressBook()
    again.restore(JSON.parse(JSON.stringify(book.stored())))
    deepEqual(
      again.all().map(({ address: each, table, source }) => [each, table, source]),
      [
        [address(2), 'tried', ''],
        [address(4), 'tried', ''],
        [address(3), 'new', 'a']
      ]
    )
  })

  it('takes no sense out of nonsense', () => {
    for (const value of [undefined, null, 7, 'x', [], { tried: 7, learned: [7, [1, 2], ['/ip4/1', 'a']] }]) {
      const book = new AddressBook()
      book.restore(value)
      equal(book.size, 0)
    }
  })

  it('forgets what was told after enough failures, and nothing else', () => {
    const book = new AddressBook()
    const random = seededRandom(1)
    book.pin(address(1))
    book.tried(address(2))
    book.learn(address(3), 'a')
    for (let i = 0; i < newFailuresMax; i++) for (const n of [1, 2, 3]) book.failed(address(n), 0, random)
    deepEqual(addressesOf(book), [address(1), address(2)])
  })

  it('forgets the worst tried address at the limit, never a pinned one', () => {
    const book = new AddressBook()
    const random = seededRandom(1)
    book.pin(address(0))
    book.failed(address(0), 0, random)
    for (let i = 1; i <= triedMax; i++) book.tried(address(i))
    book.failed(address(7), 0, random)
    book.tried(address(9999))
    equal(book.size, triedMax + 1)
    ok(!addressesOf(book).includes(address(7)) && addressesOf(book).includes(address(0)))
  })

  it('takes no more from one source than its share, and at the limit from whoever told most', () => {
    const book = new AddressBook()
    book.tried(address(20_000))
    for (let i = 0; i < 2 * newPerSourceMax; i++) book.learn(address(i), 'flood')
    equal(book.size, newPerSourceMax + 1)
    for (let i = 0; i < newMax; i++) book.learn(address(1_000 + i), `source ${i % 100}`)
    equal(book.size, newMax + 1)
    const ofFlood = book.all().filter(({ source }) => source === 'flood').length
    ok(ofFlood <= newMax / 100 + 1, `${ofFlood} of the flood are left`)
    ok(addressesOf(book).includes(address(20_000)))
  })

  it('takes a few addresses of one peer, each once, from the first who told', () => {
    const book = new AddressBook()
    const peer = '12D3KooWPeer'
    const told = Array.from({ length: 10 }, (_, i) => book.learn(`/ip4/10.0.0.${i}/tcp/1/p2p/${peer}`, 'a'))
    equal(told.filter(Boolean).length, addressesPerPeerMax)
    ok(!book.learn(`/ip4/10.0.0.0/tcp/1/p2p/${peer}`, 'b'))
    ok(book.all().every(({ source }) => source === 'a'))
  })

  it('takes the address that a peer has now for one that it no longer tells of, however many it had before', () => {
    const book = new AddressBook()
    const at = (port: number): string => `/ip4/10.0.0.1/tcp/${port}/p2p/12D3KooWPeer`
    book.pin(at(1))
    // One after the other led to it.
    for (let port = 2; port <= addressesPerPeerMax; port++) {
      ok(book.learn(at(port), 'a', [at(port)]))
      book.tried(at(port))
    }
    const now = [at(3), at(8), at(9)]
    for (const each of now) book.learn(each, 'a', now)
    deepEqual(addressesOf(book).sort(), [at(1), ...now].sort())
    // Of those that it has now none gives way to another, nor does one that the user named.
    ok(!book.learn(at(7), 'a', [...now, at(7)]))
    equal(book.size, addressesPerPeerMax)
  })

  it('takes nothing that can’t be dialled, or names no peer, or has a name to look up', () => {
    const book = new AddressBook()
    for (const text of [
      '',
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/127.0.0.1/tcp/0/p2p/12D3',
      '/dns4/example.org/tcp/1/p2p/12D3',
      '/ip4/127.0.0.1/udp/1/p2p/12D3',
      '/ip4/127.0.0.1/tcp/1/p2p/0OIl',
      `/ip4/127.0.0.1/tcp/1/p2p/${'1'.repeat(300)}`
    ]) {
      equal(book.learn(text, 'a'), false, text)
    }
    book.pin('/ip4/127.0.0.1/tcp/1')
    equal(book.size, 0)
    equal(peerOf('/ip4/127.0.0.1/tcp/1/p2p/12D3'), '12D3')
  })
})

describe('an address group', () => {
  const table = [
    ['/ip4/192.0.2.7/tcp/1/p2p/1', '192.0'],
    ['/ip4/192.0.99.7/tcp/2', '192.0'],
    ['/ip4/127.0.0.1/tcp/7000/p2p/1', '127.0.0.1:7000'],
    ['/ip6/::1/tcp/7000', '::1:7000'],
    ['/ip6/2001:db8:1::5/tcp/1', '2001:db8'],
    ['/ip6/2001:0db8:ffff:1:2:3:4:5/tcp/1', '2001:db8'],
    ['/ip6/2001::5/tcp/1', '2001:0'],
    ['/dns4/Example.org/tcp/1', 'example.org']
  ] as const
  for (const [text, group] of table) it(`of ${text} is ${group}`, () => equal(groupOf(text), group))
})

describe('what is refused with a peer', () => {
  const table = [
    ['/ip4/192.0.2.7/tcp/1/p2p/1', '192.0.2.7'],
    ['/ip4/127.0.0.1/tcp/7000', undefined],
    ['/ip6/::1/tcp/7000', undefined],
    ['/ip6/2001:db8:1:2::5/tcp/1', '2001:db8:1:2::/64'],
    ['/ip6/2001:0db8::5/tcp/1', '2001:db8:0:0::/64'],
    ['/ip6/::ffff:192.0.2.7/tcp/1', '::ffff:192.0.2.7'],
    ['/dns4/Example.org/tcp/1', 'example.org'],
    ['/memory/1', undefined]
  ] as const
  for (const [text, site] of table) it(`at ${text} is ${site ?? 'nobody else'}`, () => equal(siteOf(text), site))
})
