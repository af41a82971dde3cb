// The scenarios that come with Starling, and a file of one's own under check.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aboutOf } from '../../src/cli/commands/scenario.ts'
import { starling, useDirectory } from './support.ts'

describe('scenarios', () => {
  const directory = useDirectory()

  it('are listed with a whole sentence each', async () => {
    const { out } = await starling(['scenario', 'list', '--json'], { cwd: directory() })
    const found = JSON.parse(out) as { name: string; about: string }[]
    assert.ok(found.some(({ name }) => name === 'local'))
    for (const { name, about } of found) assert.match(about, /^[A-Z].*[.!?]$/, name)
  })

  it('are told by the first sentence of their comment, wherever its lines break', () => {
    assert.equal(
      aboutOf('# Ten nodes: each\n# connected to 1.5 others. Shows more.\nname: x\n# not this'),
      'Ten nodes: each connected to 1.5 others.'
    )
    assert.equal(aboutOf('# no full stop\nname: x'), 'no full stop')
    assert.equal(aboutOf('name: x # not about it'), '')
  })

  it('are told all that is wrong with them by check', async () => {
    const cwd = directory()
    writeFileSync(join(cwd, 'my.yaml'), 'nods: 7\nblock: { interval: 4 }\n')
    const { code, err } = await starling(['scenario', 'check', 'my.yaml'], { cwd })
    assert.equal(code, 2)
    assert.match(
      err,
      /^error: my\.yaml:1: nods: unknown field.*\nmy\.yaml:2: block\.interval needs a unit: 4s, or 4ms\n/
    )
  })

  it('are guessed from a name that is almost one', async () => {
    const { code, err } = await starling(['sim', 'rumour'], { cwd: directory() })
    assert.equal(code, 2)
    assert.match(err, /There is no scenario "rumour": .*, did you mean rumor\?$/m)
    const path = await starling(['sim', 'testnet/compact-vs-ful.yaml'], { cwd: directory() })
    assert.match(path.err, /"testnet\/compact-vs-ful\.yaml": .*, did you mean compact-vs-full\?$/m)
  })

  it('are printed by check such that they can be checked again', async () => {
    const cwd = directory()
    writeFileSync(join(cwd, 'my.yaml'), 'nodes: 7\nduration: 1m\n')
    const first = await starling(['scenario', 'check', 'my.yaml'], { cwd })
    assert.match(first.out, /^duration: 60s$/m)
    writeFileSync(join(cwd, 'filled.yaml'), first.out)
    assert.equal((await starling(['scenario', 'check', 'filled.yaml'], { cwd })).out, first.out)
    const { out } = await starling(['scenario', 'check', 'my.yaml', '--json'], { cwd })
    writeFileSync(join(cwd, 'filled.json'), JSON.stringify(JSON.parse(out).scenario))
    assert.equal((await starling(['scenario', 'check', 'filled.json'], { cwd })).out, first.out)
  })
})
