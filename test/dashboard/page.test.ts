// The dashboard in a real browser, on a real testnet.
import { equal, deepEqual, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import type { PageFiles } from '../../src/api/index.ts'
import { runTestnet, type TestnetRun } from '../../src/index.ts'
import { builtPage, complaintsOf, keep, launch, needsChromium } from './browser.ts'

/** Script and everything in it, compressed: what a slow line has to carry. */
const SCRIPT_MAX_BYTES = 150 * 1024

describe('the dashboard', () => {
  let files: PageFiles
  let browser: Browser | undefined
  let run: TestnetRun | undefined
  let page: Page
  let directory: string
  let complaints: string[]

  before(async function () {
    needsChromium(this)
    directory = mkdtempSync(join(tmpdir(), 'starling-dashboard-'))
    files = await builtPage()
    const scenario = {
      nodes: 8,
      nodesPerProcess: 4,
      topology: { degree: 3 },
      consensus: 'authority',
      block: { interval: '800ms' },
      load: { rate: 5 },
      seed: 7
    } as const
    const starting = runTestnet(scenario, { directory, page: files, trace: false })
    ;[browser, run] = await Promise.all([launch(), starting])
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light' })
    complaints = complaintsOf(page, run.controller)
    await page.goto(run.controller)
  })

  after(async () => {
    await Promise.all([browser?.close(), run?.stop('kill')])
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  })

  const fact = (name: string) => page.locator(`[data-fact="${name}"]`)

  it('is small', () => {
    const bytes = gzipSync(files.script).length
    ok(bytes < SCRIPT_MAX_BYTES, `${bytes} bytes`)
  })

  it('shows the network live', async () => {
    await page.locator('[data-connection="live"]').waitFor()
    await fact('agree').filter({ hasText: '8/8' }).waitFor()
    match(await page.locator('.run').innerText(), /testnet · seed 7/)
    await keep(page, 'light')
  })

  it('had nothing to complain of', () => {
    deepEqual(complaints, [])
    equal(page.url(), `${run?.controller}/`)
  })
})
