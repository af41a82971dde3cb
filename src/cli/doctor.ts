// The checks of `starling doctor`, each on its own: none may keep the others from being told.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiDefaults } from '../config/index.ts'
import type { Cli } from './context.ts'
import { bytes, plural, timeOfDay } from './format.ts'
import { findCurrent } from './runs.ts'

export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'failure'
  readonly text: string
  /** What to do; absent when all is well. */
  readonly hint?: string
}

/** A node in a shared process, and the process around it: measured, rounded up. */
const NODE_BYTES = 4e6
const WORKER_BYTES = 120e6
/** Sockets and files that a testnet of ten nodes keeps open, with room to spare. */
const OPEN_FILES_MIN = 1024

export async function runChecks(cli: Cli): Promise<Check[]> {
  const checks: readonly [name: string, check: () => Check | Promise<Check>][] = [
    ['node', checkNode],
    ['cpus', checkCpus],
    ['memory', checkMemory],
    ['files', checkOpenFiles],
    ['store', checkStore],
    ['loopback', checkLoopback],
    ['port', checkPort],
    ['directory', () => checkDirectory(cli)],
    ['testnet', () => checkTestnet(cli)]
  ]
  return Promise.all(
    checks.map(async ([name, check]): Promise<Check> => {
      try {
        return await check()
      } catch (error) {
        return { name, status: 'failure', text: error instanceof Error ? error.message : String(error) }
      }
    })
  )
}

function checkNode(): Check {
  return { name: 'node', status: 'ok', text: `Node ${process.version} on ${process.platform} ${process.arch}` }
}

function checkCpus(): Check {
  const cpus = availableParallelism()
  const check = { name: 'cpus', text: plural(cpus, 'processor') }
  if (cpus >= 2) return { ...check, status: 'ok' }
  return { ...check, status: 'warning', hint: 'Latencies without link delay will be about the processor.' }
}

function checkMemory(): Check {
  const nodes = Math.max(0, Math.floor((freemem() - 2 * WORKER_BYTES) / NODE_BYTES))
  const text = `${bytes(freemem())} free`
  if (nodes >= 10) return { name: 'memory', status: 'ok', text }
  return { name: 'memory', status: 'warning', text, hint: 'Little for ten nodes: use --nodes 5.' }
}

function checkOpenFiles(): Check {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  const text = `${limit} open files allowed`
  if (limit === 'unlimited' || Number(limit) >= OPEN_FILES_MIN) return { name: 'files', status: 'ok', text }
  return { name: 'files', status: 'warning', text, hint: `For more than ten nodes: ulimit -n ${4 * OPEN_FILES_MIN}` }
}

/** The one native part: does it load, does it write and read here? */
async function checkStore(): Promise<Check> {
  const { ClassicLevel } = await import('classic-level')
  const directory = mkdtempSync(join(tmpdir(), 'starling-doctor-'))
  try {
    const level = new ClassicLevel(directory)
    await level.put('key', 'value')
    const value = await level.get('key')
    await level.close()
    const isSame = value === 'value'
    return { name: 'store', status: isSame ? 'ok' : 'failure', text: isSame ? 'LevelDB works' : 'LevelDB lost a value' }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function checkLoopback(): Promise<Check> {
  await listenOnce(0)
  return { name: 'loopback', status: 'ok', text: 'ports on 127.0.0.1 can be opened' }
}

async function checkPort(): Promise<Check> {
  const { port } = apiDefaults
  try {
    await listenOnce(port)
    return { name: 'port', status: 'ok', text: `${port} is free for the first node's API` }
  } catch {
    const hint = 'The system will choose another one.'
    return { name: 'port', status: 'warning', text: `${port} is in use`, hint }
  }
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}

function checkDirectory({ cwd }: Cli): Check {
  try {
    accessSync(cwd, constants.W_OK)
    return { name: 'directory', status: 'ok', text: 'runs can be written here' }
  } catch {
    const hint = 'Run it elsewhere, or choose with --out.'
    return { name: 'directory', status: 'failure', text: `${cwd} can't be written to`, hint }
  }
}

function checkTestnet({ cwd }: Cli): Check {
  const current = findCurrent(cwd)
  if (current === undefined) return { name: 'testnet', status: 'ok', text: 'none running here' }
  const since = timeOfDay(current.startedAt)
  if (!current.stale) return { name: 'testnet', status: 'ok', text: `running since ${since}, process ${current.pid}` }
  const hint = 'Tidy up with: npx starling stop'
  return { name: 'testnet', status: 'warning', text: `the one of ${since} was killed and left its note`, hint }
}
