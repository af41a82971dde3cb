// starling chain and starling node --check, on a directory that a node has left.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { importChain, openOffline } from '../../src/node/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { chainFileOf, fourBlocks, inPieces, recordAt } from '../store/chain-files.ts'
import { genesis, makeGenesis } from '../store/sealed-chain.ts'
import { type Outcome, starling, useDirectory } from './support.ts'

/** A working directory with genesis.json and `data`, a data directory of four blocks. */
async function fill(cwd: string): Promise<string> {
  writeFileSync(join(cwd, 'genesis.json'), JSON.stringify(genesis.file))
  const ledger = await openOffline({ genesis, directory: join(cwd, 'data'), runtime: realRuntime() })
  await importChain(ledger, { source: inPieces(chainFileOf()) })
  await ledger.close()
  writeFileSync(join(cwd, 'data', 'genesis.json'), JSON.stringify(genesis.file))
  return cwd
}

/** Breaks the directory: a byte of a stored block, in its transactions. */
async function damage(cwd: string): Promise<void> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(join(cwd, 'data'), {
    keyEncoding: 'view',
    valueEncoding: 'view'
  })
  const key = Buffer.concat([Buffer.from('u'), Buffer.from(fourBlocks[0]?.header.hash ?? '', 'hex')])
  const undo = Buffer.from((await level.get(key)) ?? [])
  undo[39] = (undo[39] ?? 0) ^ 1
  await level.put(key, undo)
  await level.close()
}

describe('starling chain', () => {
  const directory = useDirectory()
  const chain = (cwd: string, ...args: readonly string[]): Promise<Outcome> => starling(['chain', ...args], { cwd })

  it('exports a chain that another directory imports', async () => {
    const cwd = await fill(directory())
    const exported = await chain(cwd, 'export', 'chain.starling', '--data-dir', 'data')
    assert.match(exported.out, /^Wrote blocks 1 to 4 to .*chain\.starling \(.+\)\.\n$/)
    assert.deepEqual(readFileSync(join(cwd, 'chain.starling')), chainFileOf())
    const args = ['import', 'chain.starling', '--data-dir', 'other', '--genesis', 'genesis.json']
    const imported = await chain(cwd, ...args)
    assert.match(imported.out, /^Imported 4 blocks; the head is #4 [0-9a-f]{6} \(.+ blocks\/s\)\.\n$/)
    assert.equal(`${exported.err}${imported.err}`, '')
    assert.match((await chain(cwd, ...args)).out, /^Imported 0 blocks, 4 were there already;/)
  })

  it('exports a part, and answers in JSON', async () => {
    const cwd = await fill(directory())
    const flags = ['--data-dir', 'data', '--from', '2', '--to', '3', '--json']
    const { out } = await chain(cwd, 'export', 'part', ...flags)
    const { file, seconds, ...facts } = JSON.parse(out) as Record<string, unknown>
    assert.equal(file, join(cwd, 'part'))
    assert.equal(typeof seconds, 'number')
    assert.deepEqual(facts, { from: 2, to: 3, blocks: 2, bytes: chainFileOf(fourBlocks.slice(1, 3)).length })
  })

  it('shows a person how far it is', async () => {
    const cwd = await fill(directory())
    const { err } = await starling(['chain', 'export', 'c', '--data-dir', 'data'], { cwd, terminal: true })
    assert.match(err, /exporting {2}4 blocks {2}100% {2}[\d,]+ blocks\/s {2}.+B\/s {2}0 ms left/)
  })

  it('says what was imported before the damage, and fails', async () => {
    const cwd = await fill(directory())
    writeFileSync(join(cwd, 'torn'), chainFileOf().subarray(0, recordAt(3) + 1))
    const args = ['import', 'torn', '--data-dir', 'other', '--genesis', 'genesis.json']
    const { code, out, err } = await chain(cwd, ...args)
    assert.equal(code, 1)
    assert.match(out, /^Imported 3 blocks; the head is #3 [0-9a-f]{6}\.\n$/)
    assert.match(err, /^error: The file ends in the middle: .+\n$/)
    const asJson = await chain(cwd, ...args, '--json')
    assert.equal((JSON.parse(asJson.err) as { error: { code: string } }).error.code, 'torn')
  })

  const mistakes: readonly [what: string, args: readonly string[], code: number, sentence: RegExp][] = [
    [
      'to is above the head',
      ['export', 'f', '--data-dir', 'data', '--to', '9'],
      2,
      /--to 9 is above the head, block 4\./
    ],
    ['from is above to', ['export', 'f', '--data-dir', 'data', '--from', '4', '--to', '2'], 2, /--from 4 is above/],
    ['from is no height', ['export', 'f', '--data-dir', 'data', '--from', 'x'], 2, /--from is a whole number/],
    ['there is no chain', ['export', 'f', '--data-dir', 'nowhere'], 1, /There is no chain in .*nowhere\./],
    [
      'the file exists',
      ['export', 'genesis.json', '--data-dir', 'data'],
      1,
      /genesis\.json exists already: .*--force\./
    ],
    [
      'the file to write is a directory',
      ['export', 'data', '--data-dir', 'data'],
      1,
      /\/data is a directory, not a file\./
    ],
    [
      'its directory is missing',
      ['export', 'no/dir/a', '--data-dir', 'data'],
      1,
      /no\/dir\/a: there is no directory .*no\/dir\./
    ],
    ['its directory is a file', ['export', 'foreign/a', '--data-dir', 'data'], 1, /foreign\/a: .*foreign is a file/],
    [
      'the file to read is a directory',
      ['import', 'data', '--data-dir', 'data'],
      1,
      /\/data is a directory, not a chain file\./
    ],
    ['there is no file', ['import', 'none', '--data-dir', 'data'], 1, /No such file or directory: .*none\./],
    [
      'the file is another',
      ['import', 'genesis.json', '--data-dir', 'data'],
      1,
      /is not one that `starling chain export`/
    ],
    [
      'the file is of another network',
      ['import', 'foreign', '--data-dir', 'data'],
      1,
      /the chain of network [0-9a-f]{16}, this one is [0-9a-f]{16}\./
    ],
    [
      'the file is of a network whose name is the same',
      ['import', 'twin', '--data-dir', 'data'],
      1,
      /the chain of network [0-9a-f]{64}, this one is [0-9a-f]{64}\./
    ]
  ]
  for (const [what, args, expected, sentence] of mistakes) {
    it(`says in one sentence that ${what}`, async () => {
      const cwd = await fill(directory())
      writeFileSync(join(cwd, 'foreign'), chainFileOf(fourBlocks, makeGenesis('other').hash))
      writeFileSync(join(cwd, 'twin'), chainFileOf(fourBlocks, `${genesis.hash.slice(0, 32)}${'0'.repeat(32)}`))
      const { code, out, err } = await chain(cwd, ...args)
      assert.deepEqual({ code, out }, { code: expected, out: '' })
      assert.match(err, sentence)
      assert.ok(!existsSync(join(cwd, 'f')) && !existsSync(join(cwd, 'nowhere')))
    })
  }
})

describe('starling chain import into a new directory', () => {
  const directory = useDirectory()

  it('leaves nothing behind when the file can not be meant', async () => {
    const cwd = await fill(directory())
    writeFileSync(join(cwd, 'foreign'), chainFileOf(fourBlocks, makeGenesis('other').hash))
    writeFileSync(join(cwd, 'short'), 'x')
    for (const file of ['foreign', 'short', 'genesis.json']) {
      const args = ['chain', 'import', file, '--data-dir', 'new', '--genesis', 'genesis.json']
      const { code, err } = await starling(args, { cwd })
      assert.equal(code, 1)
      assert.match(err, /^error: The file .*\n/)
      assert.ok(!existsSync(join(cwd, 'new')), file)
    }
  })
})

describe('starling node --check', () => {
  const directory = useDirectory()
  const check = (cwd: string, ...flags: readonly string[]): Promise<Outcome> =>
    starling(['node', '--data-dir', 'data', '--check', ...flags], { cwd })

  it('finds a sound directory sound', async () => {
    const cwd = await fill(directory())
    const { code, out, err } = await check(cwd)
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    assert.match(out, /^Sound: 4 blocks up to [0-9a-f]{6}, every hash, link, signature, account and index \(.+\)\.\n$/)
    const { sound, height, problems } = JSON.parse((await check(cwd, '--json')).out) as Record<string, unknown>
    assert.deepEqual({ sound, height, problems }, { sound: true, height: 4, problems: [] })
  })

  it('says what is damaged and what to do, with exit code 1', async () => {
    const cwd = await fill(directory())
    await damage(cwd)
    const { code, out, err } = await check(cwd)
    assert.deepEqual({ code, out }, { code: 1, out: '' })
    assert.match(
      err,
      /data is damaged: The undo data of block 1 is not what it should be\.\nMove the data directory away/
    )
    assert.equal(err.split('\n').length, 3)
    const asJson = await check(cwd, '--json')
    assert.equal((JSON.parse(asJson.out) as { sound: boolean }).sound, false)
    assert.equal((JSON.parse(asJson.err) as { error: { code: string } }).error.code, 'damaged')
  })

  const losses: readonly [what: string, lose: (data: string) => void][] = [
    ['a damaged CURRENT', (data) => writeFileSync(join(data, 'CURRENT'), 'MANIFEST-0')],
    ['no CURRENT', (data) => rmSync(join(data, 'CURRENT'))],
    ['no MANIFEST', (data) => rmSync(join(data, readFileSync(join(data, 'CURRENT'), 'utf8').trim()))]
  ]
  for (const [what, lose] of losses) {
    it(`repairs nothing: ${what} is damage, each time, for an export too`, async () => {
      const cwd = await fill(directory())
      const data = join(cwd, 'data')
      lose(data)
      const files = (): string[] => readdirSync(data).filter((name) => !/^LO/.test(name))
      const before = files()
      for (const command of [
        ['node', '--check'],
        ['chain', 'export', 'f'],
        ['node', '--check']
      ]) {
        const { code, err } = await starling([...command, '--data-dir', 'data'], { cwd })
        assert.equal(code, 1)
        assert.match(err, /is damaged/)
        assert.deepEqual(files(), before)
      }
    })
  }

  it('makes nothing where there is nothing', async () => {
    const cwd = directory()
    const { code, err } = await check(cwd)
    assert.equal(code, 1)
    assert.match(err, /There is no chain in .*data\./)
    assert.ok(!existsSync(join(cwd, 'data')))
  })
})
