// starling node, up to the moment where the node itself begins: which network it belongs to.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepGenesis } from '../../src/cli/node/genesis.ts'
import { createGenesis } from '../../src/ledger/index.ts'
import { type Outcome, starling, useDirectory } from './support.ts'

function genesisNamed(name: string) {
  const consensus = { kind: 'authority', slotMs: 1000, sealers: ['11'.repeat(32)] } as const
  return createGenesis({ schema: 'starling-genesis/1', name, time: 1, consensus, reward: 1, accounts: [] })
}

describe('the network of a data directory', () => {
  const directory = useDirectory()

  const node = (cwd: string, ...flags: readonly string[]): Promise<Outcome> =>
    starling(['node', '--data-dir', 'data', ...flags], { cwd })

  it('stays what it was', async () => {
    const cwd = directory()
    keepGenesis(join(cwd, 'data'), genesisNamed('ours'))
    writeFileSync(join(cwd, 'theirs.json'), JSON.stringify(genesisNamed('theirs').file))
    const { code, err } = await node(cwd, '--genesis', 'theirs.json')
    assert.equal(code, 1)
    assert.match(err, /data belongs to network [0-9a-f]{16}, and theirs\.json describes [0-9a-f]{16}\./)
  })

  it('can not be guessed where no testnet runs', async () => {
    const { code, err } = await node(directory())
    assert.equal(code, 1)
    assert.match(err, /^error: Which network\? No --genesis was given, and no testnet runs here to ask\.\n/)
  })

  const corrupt: readonly [what: string, text: string][] = [
    ['not JSON', '{"schema":'],
    ['of another schema', '{"schema":"other/1"}'],
    ['empty', '']
  ]
  for (const [what, text] of corrupt) {
    it(`is not taken from a file that is ${what}`, async () => {
      const cwd = directory()
      writeFileSync(join(cwd, 'bad.json'), text)
      const { code, err } = await node(cwd, '--genesis', 'bad.json')
      assert.equal(code, 1)
      assert.match(err, /^error: .*bad\.json is no genesis file: .+\n$/)
    })
  }

  it('is not taken from a file that is missing', async () => {
    const { code, err } = await node(directory(), '--genesis', 'none.json')
    assert.equal(code, 1)
    assert.match(err, /There is no genesis file .*none\.json\./)
  })

  it('needs a directory, not a file', async () => {
    const cwd = directory()
    writeFileSync(join(cwd, 'data'), '')
    const { code, err } = await node(cwd)
    assert.equal(code, 1)
    assert.match(err, /data is a file, not a directory\./)
  })

  it('names a damaged note of its own as what it is', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, 'data'))
    writeFileSync(join(cwd, 'data', 'genesis.json'), 'torn')
    const { err } = await node(cwd)
    assert.match(err, /data\/genesis\.json is no genesis file/)
  })
})
