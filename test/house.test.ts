// The house keeps its shape: imports go down and through doors, only runtime/ touches time and chance, only some rooms
// touch the disk or sockets, and no file grows out of one idea.
import { deepEqual, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../src/', import.meta.url))

/** From the ground up: a room may import only from those before it. */
const ROOMS = [
  'runtime',
  'config',
  'crypto',
  'wire',
  'ledger',
  'reconcile',
  'membership',
  'trace',
  'store',
  'network',
  'relay',
  'sync',
  'peers',
  'production',
  'node',
  'report',
  'scenario',
  'adversary',
  'api',
  'engine',
  'dashboard',
  'cli'
]
/** Doors other than a room's index.ts. */
const SIDE_DOORS = new Set([
  'network/libp2p/index.ts',
  'api/client/index.ts',
  'engine/tcp/index.ts',
  'engine/virtual/index.ts'
])

const RUNTIME_ONLY = [
  /\bDate\b/,
  /\bperformance\b/,
  /\bprocess\.hrtime\b/,
  /\b(set|clear)(Timeout|Interval|Immediate)\b/,
  /timers\/promises/,
  /AbortSignal\.timeout\b/,
  /\bMath\.random\b/,
  /\brandom(Bytes|UUID|Int|FillSync)\b/,
  /\bgetRandomValues\b/
]
/** Rooms that may use the disk or start processes, and those that may open sockets. */
const DISK = new Set(['runtime', 'trace', 'store', 'node', 'report', 'engine', 'cli'])
const SOCKETS = new Set(['api', 'engine', 'cli'])
const LINES_MAX = 350

interface SourceFile {
  /** Relative to src/. */
  readonly path: string
  readonly room: string
  readonly text: string
  readonly imports: readonly string[]
}

function sourceFiles(directory = root): SourceFile[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const full = join(directory, entry.name)
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : sourceFiles(full)
    return /\.tsx?$/.test(entry.name) ? [readSource(full)] : []
  })
}

function readSource(full: string): SourceFile {
  const path = relative(root, full)
  const raw = readFileSync(full, 'utf8')
  const text = raw
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*$/gm, '')
  const imports = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name ?? '')
  return { path, room: path.includes('/') ? (path.split('/')[0] ?? '') : 'index.ts', text, imports }
}

const files = sourceFiles()
const rank = (room: string): number => (room === 'index.ts' ? ROOMS.length : ROOMS.indexOf(room))

/** Own files that a file imports, relative to src/. */
const targetsOf = ({ path, imports }: SourceFile): string[] =>
  imports.filter((name) => name.startsWith('.')).map((name) => normalize(join(dirname(path), name)))

/** Imports between rooms. */
const crossings = files.flatMap((file) =>
  targetsOf(file)
    .map((target) => ({ file, target }))
    .filter(({ target }) => (target.split('/')[0] ?? '') !== file.room)
)

describe('the house', () => {
  it('has no room that is not on the plan', () => {
    ok(files.length > 50)
    deepEqual(
      [...new Set(files.map(({ room }) => room))].filter((room) => rank(room) < 0),
      []
    )
  })

  it('imports only downwards', () => {
    const upwards = crossings.filter(({ file, target }) => rank(target.split('/')[0] ?? '') >= rank(file.room))
    deepEqual(
      upwards.map(({ file, target }) => `${file.path} → ${target}`),
      []
    )
  })

  it('has no files that import each other in a circle, not for types either', () => {
    const left = new Map(files.map((file) => [file.path, new Set(targetsOf(file))]))
    // What imports nothing that is left is in no circle.
    for (let size = -1; size !== left.size; ) {
      size = left.size
      for (const [path, targets] of left) if (![...targets].some((target) => left.has(target))) left.delete(path)
    }
    deepEqual([...left.keys()], [])
  })

  it('enters rooms only through their doors', () => {
    const isDoor = (target: string): boolean => /^[^/]+\/index\.ts$/.test(target) || SIDE_DOORS.has(target)
    deepEqual(
      crossings.filter(({ target }) => !isDoor(target)).map(({ file, target }) => `${file.path} → ${target}`),
      []
    )
  })

  it('has a dashboard that knows nothing but the API client', () => {
    const others = crossings.filter(({ file, target }) => file.room === 'dashboard' && target !== 'api/client/index.ts')
    deepEqual(
      others.map(({ file, target }) => `${file.path} → ${target}`),
      []
    )
  })

  it('never makes markup out of text in the dashboard', () => {
    const marking = files.filter(
      ({ room, text }) =>
        room === 'dashboard' &&
        /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|eval)\b/.test(text)
    )
    deepEqual(
      marking.map(({ path }) => path),
      []
    )
  })

  it('touches time and chance only in runtime/', () => {
    const touching = files
      .filter(({ room }) => room !== 'runtime')
      .flatMap(({ path, text }) => RUNTIME_ONLY.filter((rule) => rule.test(text)).map((rule) => `${path}: ${rule}`))
    deepEqual(touching, [])
  })

  it('touches the disk and sockets only where the plan says', () => {
    const uses = (file: SourceFile, pattern: RegExp): boolean => file.imports.some((name) => pattern.test(name))
    const disk = files.filter((file) => !DISK.has(file.room) && uses(file, /^node:(fs|child_process|worker_threads)/))
    const sockets = files.filter((file) => !SOCKETS.has(file.room) && uses(file, /^node:(net|http|https|dgram|tls)$/))
    const libp2p = files.filter(
      (file) =>
        !file.path.startsWith('network/libp2p/') &&
        uses(file, /^(libp2p|@libp2p\/(tcp|yamux|identify)|@chainsafe\/libp2p-noise)$/)
    )
    deepEqual(
      [...disk, ...sockets, ...libp2p].map(({ path }) => path),
      []
    )
  })

  it(`keeps files below ${LINES_MAX} lines`, () => {
    const long = files.filter(({ text }) => text.split('\n').length > LINES_MAX)
    deepEqual(
      long.map(({ path }) => path),
      []
    )
  })

  it('names no machine and leaves no loose ends', () => {
    const loose = files.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)/.test(text))
    deepEqual(
      loose.map(({ path }) => path),
      []
    )
  })
})
