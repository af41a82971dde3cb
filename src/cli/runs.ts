// Where testnets leave their traces: `.starling/runs/<time>-<scenario>/` for each run, `runs/latest` as a link to the
// newest, and `.starling/current`, a note that says how to reach the testnet that is running here.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { cliDefaults } from '../config/index.ts'
import { CliError, usageError } from './errors.ts'

/** In the directory of a run that goes on: the process it runs in. */
const RUNNING = 'running'

/** The note about a running testnet. */
export interface Current {
  /** URL of the controller's API. */
  readonly controller: string
  readonly nodes: readonly { readonly name: string; readonly api: string; readonly peer: string }[]
  /** Absolute. */
  readonly directory: string
  /** Process of the controller. */
  readonly pid: number
  /** ms since the epoch. */
  readonly startedAt: number
}

export interface FoundCurrent extends Current {
  readonly file: string
  /** Its process is gone: the testnet was killed and could not tidy up. */
  readonly stale: boolean
}

/** The nearest `.starling` directory upwards from `from`, itself included. */
export function findHome(from: string): string | undefined {
  for (let at = resolve(from); ; at = dirname(at)) {
    const home = join(at, cliDefaults.directory)
    if (isDirectory(home)) return home
    if (at === dirname(at)) return undefined
  }
}

/**
 * A run that somebody names: by its directory, by a report in it (the last line of a run is such a path), or as
 * `runs list` does. Absolute; perhaps nothing is there.
 */
export function namedRun(cwd: string, given: string): string {
  const path = resolve(cwd, given)
  const directory = /^report\.(html|json)$/.test(basename(path)) && existsSync(path) ? dirname(path) : path
  const home = findHome(cwd)
  const places = home === undefined ? [directory] : [directory, join(home, 'runs', given)]
  // A directory of the same name may be something else.
  return places.find((place) => reportIn(place) !== undefined) ?? places.find(isDirectory) ?? directory
}

/** The note about the testnet that runs nearest upwards; `undefined` without one. Throws on one that is no note. */
export function findCurrent(from: string): FoundCurrent | undefined {
  for (let at = resolve(from); ; at = dirname(at)) {
    const file = join(at, cliDefaults.directory, 'current')
    const text = readIfThere(file)
    if (text !== undefined) {
      const current = parseCurrent(text, file)
      return { ...current, file, stale: !isAlive(current.pid) }
    }
    if (at === dirname(at)) return undefined
  }
}

function parseCurrent(text: string, file: string): Current {
  try {
    const note = JSON.parse(text) as Partial<Current> | null
    const { controller, nodes, directory, pid, startedAt } = note ?? {}
    if (
      typeof controller === 'string' &&
      typeof directory === 'string' &&
      typeof pid === 'number' &&
      typeof startedAt === 'number' &&
      Array.isArray(nodes) &&
      nodes.every((node) => typeof node?.name === 'string' && typeof node.api === 'string')
    ) {
      return { controller, nodes, directory, pid, startedAt }
    }
  } catch {
    // Not JSON: the same complaint as for JSON of another shape.
  }
  throw new CliError('bad-current', `${file} is damaged: it does not say where a testnet runs.`, {
    hint: 'If none is running, remove the file.'
  })
}

/** Writes the note whole or not at all, so that no other command ever reads half of it. Returns its path. */
export function writeCurrent(home: string, current: Current): string {
  mkdirSync(home, { recursive: true })
  const file = join(home, 'current')
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(current, null, 2)}\n`)
  renameSync(`${file}.${process.pid}`, file)
  return file
}

/**
 * Removes the note if it is still about the testnet of `pid` (a later one may have replaced it), and puts back the
 * one that it replaced if that testnet still runs.
 */
export function removeCurrent(file: string, pid: number, replaced?: Current): void {
  const text = readIfThere(file)
  if (text === undefined) return
  try {
    if (parseCurrent(text, file).pid !== pid) return
  } catch {
    // Damaged, therefore nobody's.
  }
  if (replaced !== undefined && replaced.pid !== pid && isAlive(replaced.pid)) writeCurrent(dirname(file), replaced)
  else rmSync(file, { force: true })
}

/** The note in this very home, whatever it says; `undefined` for none and for a damaged one. */
export function currentIn(home: string): Current | undefined {
  const file = join(home, 'current')
  try {
    return parseCurrent(readFileSync(file, 'utf8'), file)
  } catch {
    return undefined
  }
}

/**
 * Whether a process runs. One of another user counts; one that ended but was never waited for does not (containers
 * whose first process reaps nothing keep such).
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const state = /\) (\S)/.exec(readIfThere(`/proc/${pid}/stat`) ?? '')?.[1]
  return state !== 'Z' && state !== 'X'
}

/** A directory for a new run, not yet there: sorted by name is sorted by time. `at` in ms since the epoch. */
export function newRunDirectory(home: string, scenario: string, at: number): string {
  const time = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' }).format(at)
  const stamp = time.replaceAll(':', '').replace(' ', '-')
  for (let n = 1; ; n++) {
    const directory = join(home, 'runs', `${stamp}-${scenario}${n === 1 ? '' : `-${n}`}`)
    if (!existsSync(directory)) return directory
  }
}

/** The directory of a new run: a fresh one, or the one that `--out` names. Throws when that holds anything. */
export function runDirectory(
  home: string,
  scenario: string,
  { out, cwd, at }: { readonly out: string | undefined; readonly cwd: string; readonly at: number }
): string {
  if (out === undefined) return newRunDirectory(home, scenario, at)
  const directory = resolve(cwd, out)
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw usageError(`${out} is not empty, and a run must not mix with what is there.`, 'Choose a new directory.')
  }
  return directory
}

/** Makes a run's directory. Returns what removes it again, if it was not there before and holds nothing. */
export function makeRunDirectory(directory: string): () => void {
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined
  return () => {
    if (made && isDirectory(directory) && readdirSync(directory).length === 0) rmdirSync(directory)
  }
}

/** Points `runs/latest` to a run. Best effort: a file system without links still runs testnets. */
export function pointLatest(home: string, directory: string): void {
  const link = join(home, 'runs', 'latest')
  try {
    if (dirname(resolve(directory)) !== resolve(join(home, 'runs'))) return
    symlinkSync(resolve(directory), `${link}.${process.pid}`, 'dir')
    renameSync(`${link}.${process.pid}`, link)
  } catch {
    rmSync(`${link}.${process.pid}`, { force: true })
  }
}

/**
 * Does a run's work in its directory, which says meanwhile that it is in use. Removes the directory when the work fails
 * and left nothing.
 */
export async function whileRunning<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const removeIfEmpty = makeRunDirectory(directory)
  const file = join(directory, RUNNING)
  writeFileSync(file, `${process.pid}\n`)
  const release = (): void => rmSync(file, { force: true })
  // Also when the process leaves by another door.
  process.once('exit', release)
  try {
    return await work()
  } catch (error) {
    release()
    removeIfEmpty()
    throw error
  } finally {
    process.off('exit', release)
    release()
  }
}

/** Whether a process works in a run's directory. */
function isInUse(directory: string): boolean {
  const pid = Number.parseInt(readIfThere(join(directory, RUNNING)) ?? '', 10)
  return pid > 0 && isAlive(pid)
}

export interface RunEntry {
  readonly name: string
  readonly directory: string
  readonly state: 'running' | 'finished' | 'unfinished'
}

/** All runs under a home, oldest first. Unfinished: ended without a report. */
export function listRuns(home: string, current: FoundCurrent | undefined): RunEntry[] {
  const root = join(home, 'runs')
  if (!isDirectory(root)) return []
  const live = current === undefined || current.stale ? undefined : resolve(current.directory)
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }): RunEntry => {
      const directory = join(root, name)
      const ended = reportIn(directory) === undefined ? 'unfinished' : 'finished'
      return { name, directory, state: resolve(directory) === live || isInUse(directory) ? 'running' : ended }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The file that ends a run: its report, or the summary of several seeds. */
function reportIn(directory: string): string | undefined {
  return ['report.json', 'runs.json'].map((name) => join(directory, name)).find((path) => existsSync(path))
}

/** The finished run whose report was written last; runs may overlap. */
export function newestFinished(runs: readonly RunEntry[]): RunEntry | undefined {
  const finished = runs.filter(({ state }) => state === 'finished')
  const writtenAt = ({ directory }: RunEntry): number => statSync(reportIn(directory) ?? directory).mtimeMs
  return finished.toSorted((a, b) => writtenAt(a) - writtenAt(b)).at(-1)
}

/** Bytes in a directory and below; links are not followed. */
export function sizeOf(directory: string): number {
  let total = 0
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) total += sizeOf(path)
    else if (entry.isFile()) total += statSync(path).size
  }
  return total
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
