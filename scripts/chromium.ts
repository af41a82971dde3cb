// The system's Chromium, for the dashboard's tests and benchmark.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Undefined where there is none. */
export const CHROMIUM = process.env.STARLING_CHROMIUM ?? CANDIDATES.find((path) => existsSync(path))

export const NEEDS_CHROMIUM = 'Chromium is needed: apt-get install chromium, or STARLING_CHROMIUM=PATH.'

export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(NEEDS_CHROMIUM)
  // Root has no sandbox; the only page that it opens is ours.
  return chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}
