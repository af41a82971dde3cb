// Ids by their first digits, as the other commands print them.
import assert from 'node:assert/strict'
import { ApiError, type BlockSummary, type BlockView } from '../../src/api/client/index.ts'
import { findBlock } from '../../src/cli/commands/block.ts'
import { findByPrefix } from '../../src/cli/prefix.ts'
import { shortHash } from '../../src/report/index.ts'

const MINED = `000${'4cd'.repeat(21)}`.slice(0, 64).padEnd(64, '1')
const DIGITS = '700201'.padEnd(64, 'e')
const HEAD = 'ab'.repeat(32)

describe('the first digits of an id', () => {
  const find = (text: string): Promise<string> => findByPrefix('block', text, async () => [MINED, DIGITS, HEAD])

  it('may leave out the leading zeros, as what is printed does', async () => {
    assert.equal(shortHash(MINED), '4cd4cd')
    assert.equal(await find(shortHash(MINED)), MINED)
    assert.equal(await find(MINED.slice(0, 6)), MINED)
    assert.equal(await find('4CD4…'), MINED)
    await assert.rejects(find('cd4cd'), /No recent block begins with cd4cd\./)
  })
})

describe('a block', () => {
  const hashes = [HEAD, DIGITS, MINED]
  const client = {
    blocks: async () => hashes.map((hash) => ({ hash }) as BlockSummary),
    block: async (id: string | number) => {
      const hash = id === 'head' ? HEAD : (hashes[hashes.length - 1 - Number(id)] ?? hashes.find((each) => each === id))
      if (hash !== undefined) return { hash } as BlockView
      throw new ApiError({ status: 404, code: 'not-found', message: `This node has no block ${id}.` })
    }
  }
  const hashOf = async (id: string): Promise<string> => (await findBlock(client, id)).hash

  it('is found by height, "head" and the first digits that are printed of its hash', async () => {
    for (const [id, hash] of [
      ['0', MINED],
      ['#1', DIGITS],
      ['head', HEAD],
      ['4cd4cd', MINED],
      ['abab', HEAD]
    ] as const) {
      assert.equal(await hashOf(id), hash, id)
    }
  })

  it('is also found when these are decimal digits, unless there is one of that height', async () => {
    assert.equal(await hashOf('700201'), DIGITS)
    await assert.rejects(hashOf('#700201'), /This node has no block 700201\./)
    await assert.rejects(hashOf('700202'), /This node has no block 700202\./)
    await assert.rejects(hashOf('7'), /This node has no block 7\./)
  })
})
