// Where a figure was measured.
import { execFileSync } from 'node:child_process'
import { cpus, release, type } from 'node:os'
import { version } from '../../src/runtime/index.ts'

export interface Environment {
  readonly version: string
  /** Short hash; `+` for a working tree with changes; empty outside a repository. */
  readonly commit: string
  readonly node: string
  readonly os: string
  readonly cpus: number
  readonly cpu_model: string
}

export function environment(): Environment {
  const processors = cpus()
  return {
    version,
    commit: commit(),
    node: process.version,
    os: `${type()} ${release()}`,
    cpus: processors.length,
    cpu_model: processors[0]?.model ?? 'unknown'
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty=+'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }).trim()
  } catch {
    return ''
  }
}
