import assert from 'node:assert/strict'
import { RefusedIds } from '../../src/ledger/mempool-refused.ts'

const ids = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('refused ids', () => {
  it('are remembered one by one and by the block, and forgotten one by one', () => {
    const refused = new RefusedIds(5000)
    const block = new Set(ids('b', 2000))
    refused.addAll(block)
    refused.addAll(new Set(['small']))
    refused.add('one')
    for (const id of ['b0', 'b1999', 'small', 'one']) assert.ok(refused.has(id), id)
    refused.delete('b7')
    assert.ok(!refused.has('b7') && refused.has('b8') && refused.has('b0'))
    assert.equal(block.size, 2000, 'the set is others’, too')
    assert.deepEqual(new Set(refused.ids()).size, 2001)
  })

  it('are bounded: the last so many, and at most twice as many and a set', () => {
    const refused = new RefusedIds(3000)
    for (let i = 0; i < 10; i++) {
      refused.addAll(new Set(ids(`${i}/`, 2000)))
      assert.ok(refused.has(`${i}/0`))
      assert.ok([...refused.ids()].length <= 2 * 3000 + 2000)
    }
    assert.ok(refused.has('8/0') && !refused.has('0/0'))
    for (const id of ids('x', 10_000)) refused.add(id)
    assert.ok(refused.has('x9999') && refused.has('x7000') && !refused.has('9/0'))
  })
})
