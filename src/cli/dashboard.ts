// The dashboard's files as they were built, and a browser to show them in.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { PageFiles } from '../api/index.ts'
import { type Cli, remark } from './context.ts'
import { CliError } from './errors.ts'

/** Beside the bundle; from the source, in what was built last. */
const PLACES = ['./dashboard/', '../../dist/dashboard/'].map((path) => new URL(path, import.meta.url))

/** Throws when the page was not built. */
export function readPage(): PageFiles {
  const place = PLACES.find((url) => existsSync(new URL('dashboard.html', url)))
  if (place === undefined) {
    throw new CliError('no-page', 'The dashboard has not been built.', {
      hint: 'Build it with: npm run build; or run with --no-dashboard'
    })
  }
  const read = (name: string): string => readFileSync(new URL(name, place), 'utf8')
  return { html: read('dashboard.html'), script: read('dashboard.js'), style: read('dashboard.css') }
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '']
}

/** Asks the system to show a page; where it can't, says so and goes on. */
export function openInBrowser(cli: Cli, url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const failed = (): void => remark(cli, `No browser could be opened here; the dashboard is at ${url}`)
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  child.once('error', failed)
  child.once('exit', (code) => {
    if (code !== 0) failed()
  })
  child.unref()
}
