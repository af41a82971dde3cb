// Key files: readable by their owner only, hard to lose, silent about what is in them.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readKeyFile, writeKeyFile } from '../../src/cli/keys.ts'
import { keyPairFromLabel } from '../../src/crypto/index.ts'
import { toHex } from '../../src/wire/index.ts'
import { starling, useDirectory } from './support.ts'

const key = keyPairFromLabel('a test')
const secret = toHex(key.secret)
const address = toHex(key.publicKey)

describe('a key file', () => {
  const directory = useDirectory()

  for (const format of ['json', 'hex'] as const) {
    it(`is written and read as ${format}, with mode 0600`, () => {
      const path = join(directory(), 'my.key')
      writeKeyFile(path, key, format, false)
      assert.equal(statSync(path).mode & 0o777, 0o600)
      assert.equal(toHex(readKeyFile(path).secret), secret)
    })
  }

  it('is never replaced by accident', () => {
    const path = join(directory(), 'my.key')
    writeFileSync(path, 'precious')
    assert.throws(() => writeKeyFile(path, key, 'hex', false), { code: 'key-exists' })
    assert.equal(readFileSync(path, 'utf8'), 'precious')
  })

  it('is replaced with force, and closed to others then', () => {
    const path = join(directory(), 'my.key')
    writeFileSync(path, 'old')
    chmodSync(path, 0o644)
    writeKeyFile(path, key, 'hex', true)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(readFileSync(path, 'utf8').trim(), secret)
  })

  const damaged: readonly [what: string, content: string][] = [
    ['empty', ''],
    ['too short', secret.slice(2)],
    ['too long', `${secret}00`],
    ['not hex', `zz${secret.slice(2)}`],
    ['broken JSON', `{"secret":"${secret}"`],
    ['JSON of another schema', JSON.stringify({ schema: 'other/1', secret })],
    ['JSON without a secret', JSON.stringify({ schema: 'starling-key/1', address })],
    [
      'JSON with the address of another key',
      JSON.stringify({ schema: 'starling-key/1', secret, address: '00'.repeat(32) })
    ]
  ]
  for (const [what, content] of damaged) {
    it(`is refused when it is ${what}, without a word of what is in it`, () => {
      const path = join(directory(), 'my.key')
      writeFileSync(path, content)
      assert.throws(
        () => readKeyFile(path),
        (error: Error & { code?: string }) => error.code === 'bad-key' && !error.message.includes(secret.slice(2, 20))
      )
    })
  }
})

describe('starling key', () => {
  const directory = useDirectory()

  it('makes a key and shows its address', async () => {
    const cwd = directory()
    const made = await starling(['key', 'new', 'my.key', '--json'], { cwd })
    assert.equal(made.code, 0)
    const { address: madeAddress, file } = JSON.parse(made.out) as { address: string; file: string }
    assert.equal(file, join(cwd, 'my.key'))
    const shown = await starling(['key', 'show', 'my.key'], { cwd })
    assert.equal(shown.out, `${madeAddress}\n`)
  })

  it('never prints the secret', async () => {
    const cwd = directory()
    writeKeyFile(join(cwd, 'my.key'), key, 'json', false)
    const outcomes = [
      await starling(['key', 'show', 'my.key', '--json'], { cwd }),
      await starling(['key', 'new', 'my.key'], { cwd }),
      await starling(['tx', 'send', '--key', 'my.key', '--to', 'bob', '--amount', '1', '--api', '127.0.0.1:1'], { cwd })
    ]
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 1, 1]
    )
    for (const { out, err } of outcomes) assert.ok(!`${out}${err}`.includes(secret))
  })

  it('says how to make the file that is missing', async () => {
    const { code, err } = await starling(['key', 'show', 'none.key'], { cwd: directory() })
    assert.equal(code, 1)
    assert.match(err, /There is no key file .*none\.key\.\nMake one: npx starling key new/)
  })
})
