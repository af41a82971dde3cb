// The look of the page, as text: what no panel asks for is gone, and a file is one part of the page.
import { deepEqual, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../src/dashboard')
const LINES_MAX = 200
/** Classes that come from elsewhere. */
const OTHERS = new Set(['uplot'])

const sheets = readdirSync(join(ROOT, 'style')).map((name) => {
  return { name, text: readFileSync(join(ROOT, 'style', name), 'utf8') }
})

/** Everything that panels say in quotes, pieces around what is filled in too. */
function wordsOfPanels(): ReadonlySet<string> {
  const names = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
  const texts = names.map((name) => readFileSync(join(ROOT, name), 'utf8'))
  return new Set(texts.flatMap((text) => text.match(/[a-z][\w-]*/gi) ?? []))
}

describe('the look of the page', () => {
  it('has no rule for what the page never is', () => {
    const words = wordsOfPanels()
    const classes = sheets.flatMap(({ text }) =>
      [...text.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/g)].map(([, one]) => one)
    )
    ok(classes.length > 100)
    const unused = new Set(
      classes.filter((one = '') => !OTHERS.has(one) && !words.has(one.replace(/(?<=^fork)\d$/, '')))
    )
    deepEqual([...unused], [])
  })

  it('is put together of parts, each of them all of one file', () => {
    const index = sheets.find(({ name }) => name === 'index.css')?.text ?? ''
    const parts = [...index.matchAll(/"\.\/(.*)"/g)].map(([, name]) => name)
    deepEqual([...parts, 'index.css'].sort(), sheets.map(({ name }) => name).sort())
    const long = sheets.filter(({ text }) => text.split('\n').length > LINES_MAX)
    deepEqual(
      long.map(({ name }) => name),
      []
    )
  })
})
