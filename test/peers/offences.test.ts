// Every code with which something of a peer's is refused is mapped to an offence, and nothing else is.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OFFENCES } from '../../src/config/index.ts'
import { OFFENCE_OF, offenceOf } from '../../src/peers/index.ts'

const root = fileURLToPath(new URL('../../src/', import.meta.url))
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('generated'))
  .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))

/** The members of a union type of string literals. */
function membersOf(path: string, type: string): string[] {
  const text = sources.find((source) => source.path === path)?.text ?? ''
  const [, union = ''] = new RegExp(`export type ${type} =([^]*?)(\\n\\n|\\n/\\*\\*|\\n$)`).exec(text) ?? []
  return [...union.matchAll(/'([a-z-]+)'/g)].map(([, code = '']) => code)
}

const declared = new Set([
  ...membersOf('wire/bytes.ts', 'WireErrorCode'),
  ...membersOf('ledger/errors.ts', 'LedgerErrorCode'),
  ...membersOf('network/protocol.ts', 'RequestFault'),
  ...membersOf('peers/hello.ts', 'HelloProblem'),
  'equivocation',
  'undelivered',
  'useless',
  'withheld',
  'bad-record'
])

describe('offences', () => {
  it('are found for every declared code, and for no other', () => {
    ok(declared.size > 40, String(declared.size))
    deepEqual(Object.keys(OFFENCE_OF).sort(), [...declared].sort())
  })

  it('are found for every code that the source refuses with', () => {
    const thrown =
      /new (?:WireError|LedgerError|UndeliveredError)\(\s*'([a-z-]+)'|type: 'rejected'[^}]*code: '([a-z-]+)'/g
    const codes = sources.flatMap(({ text }) => [...text.matchAll(thrown)].map(([, a, b]) => a ?? b ?? ''))
    ok(codes.length > 40)
    deepEqual(
      codes.filter((code) => !declared.has(code)),
      []
    )
  })

  it('are all used', () => {
    deepEqual([...new Set(Object.values(OFFENCE_OF))].sort(), Object.keys(OFFENCES).sort())
  })

  it('are not made up for codes that nobody knows', () => {
    equal(offenceOf('no-such-code'), 'unprovable')
    equal(offenceOf('constructor'), 'unprovable')
  })
})
