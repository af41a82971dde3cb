// The documentation keeps its word: links lead somewhere, files that it names exist, limits are what is configured.
import { deepEqual, ok } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function pagesIn(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(directory, name))
}

const pages = [...pagesIn('docs'), 'README.md', 'CONTRIBUTING.md']
  .filter((path) => existsSync(join(root, path)))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '')
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')
    )
  )
}

/** Links of a page into the repository that lead nowhere. */
function deadLinks({ path, text }: { path: string; text: string }): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '')
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : relative(root, join(root, dirname(path), file))
    if (target.startsWith('..') || !existsSync(join(root, target))) return true
    return anchor !== undefined && !anchorsOf(read(target)).has(anchor)
  })
}

const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, KiB: 1024, MiB: 1024 * 1024 }

/** `64 MiB` in bytes, `3 s` in ms, `8,192` as it is. */
function parseLimit(text: string): number {
  const [, digits = '', unit = ''] = /^([\d,]+) ?(\w*)$/.exec(text) ?? []
  return Number(digits.replaceAll(',', '')) * (UNITS[unit] ?? Number.NaN)
}

/** Numbers that a module exports under `name`, by itself or as a field of what it exports. */
function numbersNamed(name: string, module: object): number[] {
  const exported: unknown[] = Object.values(module)
  const fields = [module, ...exported].map((holder) => (holder as Record<string, unknown> | undefined)?.[name])
  return fields.filter((value) => typeof value === 'number')
}

describe('the documentation', () => {
  it('links only to what is there', () => {
    ok(pages.length >= 15)
    deepEqual(
      pages.flatMap((page) => deadLinks(page).map((link) => `${page.path}: ${link}`)),
      []
    )
  })

  it('names only files that exist', () => {
    const missing = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w./-])((?:src|test|scripts|docs)\/[\w./-]*[\w/])/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => !existsSync(join(root, name)))
        .map((name) => `${path}: ${name}`)
    )
    deepEqual(missing, [])
  })

  it('names only limits that exist', () => {
    const rows = [...read('docs/architecture.md').matchAll(/^\|[^|]+\|([^|]+)\|([^|]+)\|([^|]+)\|$/gm)]
    const limits = rows.flatMap(([, names = '', , files = '']) => {
      const sources = [...files.matchAll(/`(src\/[^`]+)`/g)].map(([, file]) => read(file ?? '')).join('\n')
      return sources === '' ? [] : [...names.matchAll(/`(\w+)`/g)].map(([, name]) => ({ name: name ?? '', sources }))
    })
    ok(limits.length > 25)
    deepEqual(
      limits.filter(({ name, sources }) => !new RegExp(`\\b${name}\\b`).test(sources)).map(({ name }) => name),
      []
    )
  })

  it('states the values that limits have', async () => {
    const rows = [
      ...read('docs/architecture.md').matchAll(/^\|[^|]+\|([^|]+)\|([^|]+)\|[^|`]*`(src\/[^`|]+)`([^|]*)\|$/gm)
    ]
    let compared = 0
    for (const [, names = '', values = '', file = '', more = ''] of rows) {
      const modules: object[] = []
      for (const path of [file, ...[...more.matchAll(/`(src\/[^`]+)`/g)].map(([, other]) => other ?? '')]) {
        if (path.endsWith('.ts')) modules.push(await import(pathToFileURL(join(root, path)).href))
      }
      const stated = values.trim().split(', ')
      for (const [index, [, name = '']] of [...names.matchAll(/`(\w+)`/g)].entries()) {
        const actual = modules.flatMap((module) => numbersNamed(name, module))
        // Not every limit is exported.
        if (actual.length === 0) continue
        compared++
        ok(actual.includes(parseLimit(stated[index] ?? '')), `${name} is ${actual}, not ${stated[index]}`)
      }
    }
    ok(compared > 40, `${compared} compared`)
  })

  it('defines every figure of a report, and no other', async () => {
    const { figures } = await import('../src/scenario/expect.ts')
    const rows = [...read('docs/report.md').matchAll(/^\| (`[^|]+`) \|[^|]+\|$/gm)]
    // `.p99` is a neighbour of the name before it.
    const told = rows.flatMap(([, cell = '']) => {
      let full = ''
      return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
        full = name.startsWith('.') ? full.replace(/\.\w+$/, name) : name
        return full
      })
    })
    // What blocks have, transactions have; the schema can't say which of it they never do.
    const wanted = [...figures().keys()].filter((path) => !path.startsWith('transactions.'))
    deepEqual([...new Set(told)].sort(), wanted.sort())
  })

  it('lists every decision', () => {
    const index = read('docs/decisions/README.md')
    const records = readdirSync(join(root, 'docs/decisions')).filter((name) => name !== 'README.md')
    deepEqual(
      records.filter((name) => !index.includes(`(${name})`)),
      []
    )
  })
})
