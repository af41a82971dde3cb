// The version of this package and the commit it was built from: put in by the build; from source, the version is read
// from package.json and the commit is not known.
import { readFileSync } from 'node:fs'

declare const STARLING_VERSION: string | undefined
declare const STARLING_COMMIT: string | undefined

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

export const version: string = typeof STARLING_VERSION === 'string' ? STARLING_VERSION : readVersion()

/** Twelve hex digits, `+changes` behind them when the tree was not clean; empty when not known. */
export const commit: string = typeof STARLING_COMMIT === 'string' ? STARLING_COMMIT : ''
