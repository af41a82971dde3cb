// A headless Chromium of the system for the tests of the page, and the page as it is built from the source.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { PageFiles } from '../../src/api/index.ts'
import { CHROMIUM, launchChromium, NEEDS_CHROMIUM } from '../../scripts/chromium.ts'
import { builtPage as build } from '../../scripts/dashboard.ts'

/** Without a browser these tests fail where everything must be tested, and are left out with a sentence elsewhere. */
export function needsChromium(context: Mocha.Context): void {
  if (CHROMIUM !== undefined) return
  const sentence = `The dashboard is not tested. ${NEEDS_CHROMIUM}`
  if (process.env.CI !== undefined) throw new Error(sentence)
  console.warn(`    (left out) ${sentence}`)
  context.skip()
}

export const launch = launchChromium

let built: Promise<PageFiles> | undefined

/** The page, built once for all tests. */
export function builtPage(): Promise<PageFiles> {
  built ??= build()
  return built
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
