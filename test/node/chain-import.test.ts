import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ChainImportResult,
  checkStore,
  importChain,
  type OfflineLedger,
  openOffline
} from '../../src/node/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import type { Block } from '../../src/wire/index.ts'
import { chainFileOf, fourBlocks, inPieces, recordAt } from '../store/chain-files.ts'
import { addressOf, genesis, makeBranch, makeGenesis, transfer } from '../store/sealed-chain.ts'

const runtime = realRuntime({ seed: 1 })
const sound = chainFileOf()

describe('importing a chain file', () => {
  let directory: string
  let ledger: OfflineLedger
  const open = async (): Promise<void> => {
    ledger = await openOffline({ genesis, directory, runtime })
  }
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'starling-import-'))
    await open()
  })
  afterEach(async () => {
    await ledger.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const give = (bytes: Uint8Array): Promise<ChainImportResult> => importChain(ledger, { source: inPieces(bytes) })
  const height = (): number => ledger.chain.head.height

  it('brings all of it, checked, and survives a restart', async () => {
    const { imported, known, problem } = await give(sound)
    assert.deepEqual({ imported, known, problem }, { imported: 4, known: 0, problem: undefined })
    await ledger.close()
    await open()
    assert.equal(ledger.chain.head.hash, fourBlocks[3]?.header.hash)
    assert.equal(ledger.chain.account(addressOf('p0')).nonce, 2)
    for await (const { problems } of checkStore(ledger.store, runtime)) assert.deepEqual(problems, [])
  })

  it('continues where another ended', async () => {
    const torn = await give(sound.subarray(0, recordAt(2) + 10))
    assert.equal((torn.problem as { code?: string } | undefined)?.code, 'torn')
    assert.equal(height(), 2, 'what came whole was imported')
    const { imported, known } = await give(sound)
    assert.deepEqual({ imported, known, height: height() }, { imported: 2, known: 2, height: 4 })
  })

  it('takes a part that fits, and says so when it does not', async () => {
    const part = chainFileOf(fourBlocks.slice(2))
    const { problem } = await give(part)
    assert.match(problem?.message ?? '', /begins at block 3, on a block that is not here: this chain ends at 0\./)
    await give(chainFileOf(fourBlocks.slice(0, 2)))
    assert.equal((await give(part)).imported, 2)
  })

  it('lets a longer branch win over what is there, and keeps a shorter one beside it', async () => {
    await give(sound)
    const shorter = makeBranch(genesis.header, [{ gap: 2 }, {}])
    assert.equal((await give(chainFileOf(shorter))).imported, 2)
    assert.equal(ledger.chain.head.hash, fourBlocks[3]?.header.hash)
    const longer = makeBranch(genesis.header, [{ gap: 3 }, {}, {}, {}, {}])
    await give(chainFileOf(longer))
    assert.equal(ledger.chain.head.hash, longer[4]?.header.hash)
  })

  it('refuses another network before anything else', async () => {
    const file = chainFileOf(fourBlocks, makeGenesis('other').hash)
    await assert.rejects(give(file), { code: 'wrong-network' })
  })

  it('imports up to a changed byte, and names the block', async () => {
    const damagedFile = Buffer.from(sound)
    const at = recordAt(2) + 4 + 197 + 50
    damagedFile[at] = (damagedFile[at] ?? 0) ^ 1
    const { problem } = await give(damagedFile)
    assert.equal((problem as { code?: string } | undefined)?.code, 'corrupt')
    assert.match(problem?.message ?? '', /block 3/)
    assert.equal(height(), 2)
  })

  it('does not import what breaks a rule, however well the file is made', async () => {
    const poor = makeBranch(genesis.header, [{}, { transactions: [transfer('nobody', 'p0', 0)] }, {}]) as Block[]
    const { problem } = await give(chainFileOf(poor))
    assert.match(problem?.message ?? '', /Block 2 of the file breaks a rule of the chain \(insufficient-funds\)\./)
    assert.equal(height(), 1)
  })

  it('ends in order when asked to', async () => {
    const controller = new AbortController()
    const onProgress = ({ blocks }: { blocks: number }): void => {
      if (blocks === 2) controller.abort(new Error('enough'))
    }
    const { problem } = await importChain(ledger, { source: inPieces(sound), signal: controller.signal, onProgress })
    assert.equal(problem?.message, 'enough')
    assert.equal(height(), 2)
  })
})
