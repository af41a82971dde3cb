// Which network a data directory belongs to that does not say so itself.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { importChain, openOffline } from '../../src/node/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { chainFileOf, inPieces } from '../store/chain-files.ts'
import { genesis, makeGenesis } from '../store/sealed-chain.ts'
import { type Outcome, starling, useDirectory } from './support.ts'

const other = makeGenesis('other')

describe('a chain without a genesis file of its own', () => {
  const directory = useDirectory()
  // A node of another network.
  const api = createServer(({ url }, response) => {
    const isGenesis = url === '/v1/genesis'
    response.writeHead(isGenesis ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isGenesis ? other.file : { error: { code: 'not-found', message: 'Not here.' } }))
  })
  before((done) => void api.listen(0, '127.0.0.1', done))
  after((done) => void api.close(done))

  /** `runs/one/nodes/n1` in `cwd`, with the chain of four blocks. */
  async function fill(cwd: string): Promise<string> {
    const node = join(cwd, 'runs', 'one', 'nodes', 'n1')
    const ledger = await openOffline({ genesis, directory: node, runtime: realRuntime() })
    await importChain(ledger, { source: inPieces(chainFileOf()) })
    await ledger.close()
    return node
  }
  const put = (path: string, { file }: { file: object }): void => writeFileSync(path, JSON.stringify(file))
  const check = (cwd: string, dataDir: string): Promise<Outcome> => {
    const { port } = api.address() as AddressInfo
    const env = { STARLING_API: `http://127.0.0.1:${port}` }
    return starling(['node', '--check', '--data-dir', dataDir], { cwd, env })
  }

  it('is of the run that it is part of, whatever runs now', async () => {
    const cwd = directory()
    const node = await fill(cwd)
    put(join(cwd, 'runs', 'one', 'genesis.json'), genesis)
    const { code, out, err } = await check(cwd, node)
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    assert.match(out, /^Sound: 4 blocks/)
  })

  it('is of the file beside its directory, if that is its network', async () => {
    const cwd = directory()
    cpSync(await fill(cwd), join(cwd, 'copy'), { recursive: true })
    put(join(cwd, 'genesis.json'), genesis)
    assert.equal((await check(cwd, 'copy')).code, 0)
    for (const stranger of [other, { file: { of: 'another program' } }]) {
      put(join(cwd, 'genesis.json'), stranger)
      assert.match((await check(cwd, 'copy')).err, /copy belongs to network/)
    }
  })

  it('never takes the network that happens to run', async () => {
    const cwd = directory()
    const { code, err } = await check(cwd, await fill(cwd))
    assert.equal(code, 1)
    const theirs = `the one that runs here is ${other.network}`
    assert.ok(err.includes(`n1 belongs to network ${genesis.network}, and ${theirs}.\nAdd --genesis`), err)
  })

  it('says its network where nobody can be asked', async () => {
    const cwd = directory()
    const { err } = await starling(['node', '--check', '--data-dir', await fill(cwd)], { cwd })
    assert.ok(
      err.startsWith(`error: The chain belongs to network ${genesis.network}: no --genesis was given, and`),
      err
    )
  })

  it('takes no file from above a directory that is not part of a run', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, 'a'))
    put(join(cwd, 'genesis.json'), genesis)
    const { err } = await starling(['node', '--data-dir', 'a/data'], { cwd })
    assert.match(err, /Which network\?/)
  })
})
