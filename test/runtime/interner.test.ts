import { equal, notEqual } from 'node:assert/strict'
import { noInterner, SharedInterner } from '../../src/runtime/index.ts'

describe('what nodes of one process share', () => {
  const bytes = new Uint8Array(4096)

  it('is made once for a key, and once for the very same bytes', () => {
    const interner = new SharedInterner({ entriesMax: 10 })
    const made = interner.intern('block', 'a', () => ({}))
    equal(
      interner.intern('block', 'a', () => ({})),
      made
    )
    notEqual(
      interner.intern('header', 'a', () => ({})),
      made
    )
    const view = interner.ofBytes('id', bytes.subarray(8, 2008), () => ({}))
    equal(
      interner.ofBytes('id', bytes.subarray(8, 2008), () => ({})),
      view
    )
  })

  it('is not mistaken for what lies beside it, nor for a copy', () => {
    const interner = new SharedInterner({ entriesMax: 10 })
    const id = interner.ofBytes('id', bytes.subarray(8, 2008), () => ({}))
    for (const other of [bytes.subarray(9, 2009), bytes.subarray(8, 2009), bytes.slice(8, 2008)]) {
      notEqual(
        interner.ofBytes('id', other, () => ({})),
        id
      )
    }
  })

  it('is nothing where every node has a machine of its own', () => {
    notEqual(
      noInterner.intern('block', 'a', () => ({})),
      noInterner.intern('block', 'a', () => ({}))
    )
  })
})
