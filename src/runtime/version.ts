// The version of this package and the commit it was built from: put in by the build; from source, the version is read
// from package.json and the commit is not known.
import { readFileSync } from 'node:fs'

declare const STARLING_VERSION: string | undefined
declare const STARLING_COMMIT: string | undefined
declare const STARLING_DEPENDENCIES: Readonly<Record<string, string>> | undefined

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

/** The libraries whose versions figures depend on, by the names that they are told by. */
const MEASURED_WITH = { libp2p: 'libp2p', gossipsub: '@chainsafe/libp2p-gossipsub' } as const

function installed(name: string): string {
  try {
    const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch {
    return ''
  }
}

/** Versions of libraries by name; empty for one that can't be told. */
export const dependencies: Readonly<Record<string, string>> =
  typeof STARLING_DEPENDENCIES === 'object'
    ? STARLING_DEPENDENCIES
    : Object.fromEntries(Object.entries(MEASURED_WITH).map(([name, path]) => [name, installed(path)]))

export const version: string = typeof STARLING_VERSION === 'string' ? STARLING_VERSION : readVersion()

/** Twelve hex digits, `+changes` behind them when the tree was not clean; empty when not known. */
export const commit: string = typeof STARLING_COMMIT === 'string' ? STARLING_COMMIT : ''
