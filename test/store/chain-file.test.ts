import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Chain, createConsensus } from '../../src/ledger/index.ts'
import { ChainFileReader, exportChain, memoryStore, type Store } from '../../src/store/index.ts'
import { chainFileOf, fourBlocks, inPieces, recordAt } from './chain-files.ts'
import { genesis, makeGenesis } from './sealed-chain.ts'

const sound = chainFileOf()

/** Heights read before the end, and the code of the error that was the end. */
async function read(bytes: Uint8Array, pieceLength?: number): Promise<{ heights: number[]; code?: unknown }> {
  const heights: number[] = []
  try {
    const reader = new ChainFileReader(inPieces(bytes, pieceLength))
    await reader.preamble(genesis.hash)
    for await (const { header } of reader.blocks()) heights.push(header.height)
  } catch (error) {
    return { heights, code: (error as { code?: unknown }).code }
  }
  return { heights }
}

function changed(at: number, value: number): Buffer {
  const bytes = Buffer.from(sound)
  bytes[at] = value
  return bytes
}

describe('a chain file', () => {
  it('gives back its blocks, in whatever pieces it comes', async () => {
    for (const length of [1, 7, 100, sound.length]) {
      assert.deepEqual(await read(sound, length), { heights: [1, 2, 3, 4] })
    }
  })

  it('is noticed when it is torn, wherever', async () => {
    for (let length = 0; length < sound.length; length++) {
      const { heights, code } = await read(sound.subarray(0, length), 500)
      assert.equal(code, length < 45 ? 'not-a-chain-file' : 'torn', `${length} bytes`)
      const whole = fourBlocks.filter((_, i) => recordAt(i + 1) <= length)
      assert.equal(heights.length, whole.length)
    }
  })

  it('is noticed when any byte was changed', async () => {
    for (let at = 0; at < sound.length; at++) {
      const { code } = await read(changed(at, (sound[at] ?? 0) ^ 0x10), sound.length)
      assert.notEqual(code, undefined, `byte ${at}`)
    }
  })

  const refused: readonly [what: string, bytes: Uint8Array, code: string][] = [
    [
      'of another program',
      Buffer.from('PNG or whatever it is, long enough to be read as a preamble'),
      'not-a-chain-file'
    ],
    ['of a later version', changed(8, 2), 'wrong-version'],
    ['of another network', chainFileOf(fourBlocks, makeGenesis('other').hash), 'wrong-network'],
    ['with a hostile length', changed(recordAt(1), 0xff), 'corrupt'],
    ['with a block left out', chainFileOf(fourBlocks.filter((_, i) => i !== 1)), 'corrupt'],
    ['with another count', changed(sound.length - 33, 9), 'corrupt'],
    ['that goes on after its end', Buffer.concat([sound, Buffer.of(0)]), 'corrupt']
  ]
  for (const [what, bytes, expected] of refused) {
    it(`is refused: one ${what}`, async () => assert.equal((await read(bytes)).code, expected))
  }
})

describe('exporting a chain', () => {
  let directory: string
  let store: Store
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'starling-export-'))
    store = memoryStore(genesis)
    const chain = new Chain({ genesis, consensus: createConsensus(genesis), blocks: store })
    for (const block of fourBlocks) {
      chain.insertHeader(block.header, Number.MAX_SAFE_INTEGER)
      chain.insertBody(block)
      const update = chain.apply()
      if (update !== undefined) await store.commit(update)
    }
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('writes the bytes that are described', async () => {
    const path = join(directory, 'chain')
    assert.deepEqual(await exportChain(store, path, { from: 1, to: 4, force: false }), { bytes: sound.length })
    assert.deepEqual(readFileSync(path), sound)
    await exportChain(store, path, { from: 2, to: 3, force: true })
    assert.deepEqual(readFileSync(path), chainFileOf(fourBlocks.slice(1, 3)))
  })

  it('never replaces a file by accident', async () => {
    const path = join(directory, 'chain')
    writeFileSync(path, 'precious')
    await assert.rejects(exportChain(store, path, { from: 1, to: 4, force: false }), { code: 'file-exists' })
    assert.equal(readFileSync(path, 'utf8'), 'precious')
  })

  it('leaves nothing when it fails or is ended', async () => {
    const path = join(directory, 'chain')
    await assert.rejects(exportChain(store, path, { from: 1, to: 5, force: false }), { code: 'corrupt' })
    assert.ok(!existsSync(path) && !existsSync(`${path}.part`))
  })
})
