// A headless Chromium of the system for the tests of the page, and the page as it is built from the source.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { PageFiles } from '../../src/api/index.ts'
import { buildDashboard } from '../../scripts/dashboard.ts'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const CHROMIUM = process.env.STARLING_CHROMIUM ?? CANDIDATES.find((path) => existsSync(path))

/** Without a browser these tests fail where everything must be tested, and are left out with a sentence elsewhere. */
export function needsChromium(context: Mocha.Context): void {
  if (CHROMIUM !== undefined) return
  const sentence = 'The tests of the dashboard need Chromium: apt-get install chromium, or STARLING_CHROMIUM=PATH.'
  if (process.env.CI !== undefined) throw new Error(sentence)
  console.warn(`    (left out) ${sentence}`)
  context.skip()
}

export function launch(): Promise<Browser> {
  // Root has no sandbox; the only page that it opens is ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }), args })
}

/** Builds the page from the source as it is now. */
export async function builtPage(): Promise<PageFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'starling-page-'))
  try {
    await buildDashboard(directory)
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
    return { html: read('dashboard.html'), script: read('dashboard.js'), style: read('dashboard.css') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Everything that a page complained of, or asked from elsewhere than `origin`. */
export function complaintsOf(page: Page, origin: string): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(`asked for ${url}`)
  })
  return complaints
}

/** Screenshots are kept beside the tests' other artefacts. */
export async function keep(page: Page, name: string): Promise<void> {
  const directory = process.env.STARLING_SCREENSHOTS ?? join('coverage', 'screenshots')
  mkdirSync(directory, { recursive: true })
  await page.evaluate(() => scrollTo(0, 0))
  await page.screenshot({ path: join(directory, `${name}.png`) })
}
