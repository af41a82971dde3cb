// starling node, up to the moment where the node itself begins: which network it belongs to.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { keepGenesis } from '../../src/cli/node/genesis.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { createGenesis } from '../../src/ledger/index.ts'
import { toHex } from '../../src/wire/index.ts'
import { easyGenesis, TestNodes, until } from '../support/nodes.ts'
import { type Outcome, starling, useDirectory } from './support.ts'

const launcher = new URL('../../src/cli/starling.ts', import.meta.url).pathname

function genesisNamed(name: string, sealer = '11'.repeat(32)) {
  const consensus = { kind: 'authority', slotMs: 1000, sealers: [sealer] } as const
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
    assert.match(
      err,
      /--genesis genesis\.json:\n {2}curl -s http:\S+\/v1\/genesis > genesis\.json\n.*STARLING_API=http/
    )
  })

  it('can not be asked of an API that does not answer', async () => {
    const { err } = await starling(['node', '--data-dir', 'data'], {
      cwd: directory(),
      env: { STARLING_API: 'http://127.0.0.1:1' }
    })
    assert.match(err, /^error: Which network\? No --genesis was given, and the API to ask for it does not answer\.\n/)
  })

  it('is not taken from a directory', async () => {
    const cwd = directory()
    mkdirSync(join(cwd, 'other'))
    const { code, err } = await node(cwd, '--genesis', 'other')
    assert.equal(code, 1)
    assert.match(err, /other is a directory, not a genesis file\.\nName the file: --genesis /)
    writeFileSync(join(cwd, 'other', 'genesis.json'), '{}')
    assert.match((await node(cwd, '--genesis', 'other')).err, /\nDid you mean: --genesis \S+other\/genesis\.json\n/)
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

describe('a node that can not start', () => {
  const directory = useDirectory()
  const taken = createServer()
  before((done) => void taken.listen(0, '127.0.0.1', done))
  after((done) => void taken.close(done))

  const start = (cwd: string, ...flags: readonly string[]): Promise<Outcome> => {
    writeFileSync(join(cwd, 'genesis.json'), JSON.stringify(genesisNamed('ours').file))
    return starling(['node', '--data-dir', 'data', '--genesis', 'genesis.json', ...flags], { cwd })
  }
  const port = (): number => (taken.address() as AddressInfo).port

  const mistakes: readonly [what: string, flags: () => string[], sentence: RegExp][] = [
    ['an API port in use', () => ['--api', `127.0.0.1:${port()}`], /Port \d+ on 127\.0\.0\.1 is in use/],
    ['an API without a token', () => ['--api', '0.0.0.0:0'], /needs a token/],
    ['a peer port in use', () => ['--listen', `/ip4/127.0.0.1/tcp/${port()}`], /Can't listen on /]
  ]
  for (const [what, flags, sentence] of mistakes) {
    it(`for ${what} leaves nothing behind, and what was there alone`, async () => {
      const cwd = directory()
      const { code, err } = await start(cwd, ...flags())
      assert.equal(code, 1)
      assert.match(err, sentence)
      assert.equal(existsSync(join(cwd, 'data')), false)
      mkdirSync(join(cwd, 'data'))
      writeFileSync(join(cwd, 'data', 'node.key'), `${'07'.repeat(32)}\n`)
      await start(cwd, ...flags())
      assert.equal(existsSync(join(cwd, 'data', 'node.key')), true)
    })
  }
})

describe('--mine where only authorities make blocks', () => {
  const directory = useDirectory()
  const authority = keyPairFromLabel('an authority')
  const mine = (cwd: string): Promise<Outcome> => {
    const { file } = genesisNamed('ours', toHex(authority.publicKey))
    writeFileSync(join(cwd, 'genesis.json'), JSON.stringify(file))
    // Past the check it fails for want of a token.
    const flags = ['--genesis', 'genesis.json', '--mine', '--api', '0.0.0.0:0']
    return starling(['node', '--data-dir', 'data', ...flags], { cwd })
  }
  const keep = (cwd: string, secret: Uint8Array): void => {
    mkdirSync(join(cwd, 'data'))
    writeFileSync(join(cwd, 'data', 'node.key'), `${toHex(secret)}\n`)
  }

  it('is refused to a node that is none, and leaves no directory', async () => {
    const cwd = directory()
    const { code, err } = await mine(cwd)
    assert.equal(code, 2)
    assert.match(err, /Only authorities make blocks .* none of theirs\.\nWithout --mine it follows the chain\./)
    assert.equal(existsSync(join(cwd, 'data')), false)
    keep(cwd, keyPairFromLabel('somebody').secret)
    assert.match((await mine(cwd)).err, /none of theirs: [0-9a-f]{64}\./)
  })

  it('is fine for the key of one', async () => {
    const cwd = directory()
    keep(cwd, authority.secret)
    assert.match((await mine(cwd)).err, /needs a token/)
  })
})

describe('a node that runs', () => {
  const directory = useDirectory()
  const nodes = new TestNodes(easyGenesis(500))
  after(() => nodes.stop())

  it('--mine --relay rounds: members find a miner, and its blocks come to others in rounds, none by gossip', async () => {
    const cwd = directory()
    writeFileSync(join(cwd, 'genesis.json'), JSON.stringify(nodes.genesis.file))
    const other = await nodes.add()
    const vias: string[] = []
    other.events.subscribe((event) => {
      if (event.type === 'delivered' && event.kind === 'block') vias.push(event.via)
    })
    const flags = [
      '--bootstrap',
      other.host.addresses()[0] ?? '',
      '--api',
      '127.0.0.1:0',
      '--mine',
      '--relay',
      'rounds'
    ]
    const child = spawn(
      process.execPath,
      [launcher, 'node', '--data-dir', 'data', '--genesis', 'genesis.json', ...flags],
      {
        cwd,
        stdio: 'ignore'
      }
    )
    const ended = once(child, 'exit')
    try {
      const roles = (): string[] =>
        (other.membership?.find() ?? []).filter(({ isSelf }) => !isSelf).map(({ role }) => role)
      await until([other], () => vias.length >= 3 && roles().length === 1)
      assert.deepEqual(roles(), ['miner'])
      assert.deepEqual([...new Set(vias)], ['repair'])
    } finally {
      child.kill('SIGINT')
    }
    assert.deepEqual(await ended, [0, null])
  })
})
