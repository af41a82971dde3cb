// The version of this package: put in by the build, read from package.json when run from source.
import { readFileSync } from 'node:fs'

declare const STARLING_VERSION: string | undefined

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

export const version: string = typeof STARLING_VERSION === 'string' ? STARLING_VERSION : readVersion()
