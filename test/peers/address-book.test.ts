import { deepEqual, equal, ok } from 'node:assert/strict'
import { peerDefaults } from '../../src/config/index.ts'
import { AddressBook, peerOf } from '../../src/peers/index.ts'
import { seededRandom } from '../../src/runtime/index.ts'

const address = (i: number): string => `/ip4/127.0.0.1/tcp/1000/p2p/12D3KooW${'1'.repeat(i % 50)}2${'3'.repeat(i / 50)}`
const all = (): boolean => true

describe('address book', () => {
  it('offers what is due and may be dialled', () => {
    const book = new AddressBook()
    book.add(address(1), true)
    book.add(address(2), true)
    deepEqual(
      book.due(0, all, 10).map((known) => known.address),
      [address(1), address(2)]
    )
    deepEqual(
      book.due(0, ({ peer }) => peer !== peerOf(address(1)), 10).map((known) => known.address),
      [address(2)]
    )
    equal(book.due(0, all, 1).length, 1)
  })

  it('waits twice as long after each failure, up to a bound, and starts over after a success', () => {
    const book = new AddressBook()
    const random = seededRandom(1)
    book.add(address(1), true)
    let now = 0
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      book.failed(address(1), now, random)
      let wait = 0
      while (book.due(now + wait, all, 1).length === 0) wait += 50
      waits.push(wait)
      now += wait
    }
    for (const [i, wait] of waits.entries()) {
      const middle = Math.min(peerDefaults.backoffMaxMs, peerDefaults.backoffMs * 2 ** i)
      ok(wait >= 0.5 * middle && wait <= 1.5 * middle + 50, `wait ${i} is ${wait}`)
    }
    book.succeeded(address(1))
    equal(book.due(now, all, 1).length, 1)
  })

  it('forgets the worst unpinned address at its limit, never a pinned one', () => {
    const book = new AddressBook()
    const random = seededRandom(1)
    book.add(address(0), true)
    book.failed(address(0), 0, random)
    for (let i = 1; i < peerDefaults.addressBookMax; i++) book.add(address(i), false)
    book.failed(address(7), 0, random)
    book.add(address(9999), false)
    ok(!book.unpinned().includes(address(7)))
    equal(book.unpinned().length, peerDefaults.addressBookMax - 1)
  })

  it('takes nothing that names no peer', () => {
    const book = new AddressBook()
    book.add('/ip4/127.0.0.1/tcp/1', true)
    book.add('nonsense', true)
    equal(book.due(0, all, 10).length, 0)
  })
})
