// Whatever nodes say is text on the page, and an old page of another run can press no button.
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { endedFeed, startRecordedApi, Timeline } from '../../src/api/index.ts'
import { FINISHED_LIMITS, liveDefaults } from '../../src/config/index.ts'
import { Bench, liveRun, runtime } from '../api/support.ts'
import { Line } from './proxy.ts'
import { builtPage, complaintsOf, launch, needsChromium } from './browser.ts'

const EVIL = '<img src=x onerror=alert(1)><script>alert(2)</script>'

describe('hostile text on the page', () => {
  const bench = new Bench()
  let browser: Browser | undefined
  before(async function () {
    needsChromium(this)
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await bench.end()
  })

  it('is shown as it is, and does nothing', async () => {
    ok(browser !== undefined)
    const { api, service } = await bench.testnet({ page: await builtPage() })
    const { combiner, live } = service
    combiner.describe({ ...liveRun, scenario: EVIL.repeat(4), roles: [null, EVIL, null], accounts: [EVIL, 'bob'] })
    for (const name of liveRun.nodes) combiner.nodeState(name, 'up', 1000)
    combiner.onEvent({ type: 'rejected', node: 'n1', kind: 'message', code: EVIL, at: 1100 })
    combiner.onEvent({ type: 'published', node: 'n1', kind: 'block', id: EVIL, at: 1200, bytes: 9, height: 1 })
    combiner.onEvent({ type: 'published', node: 'n1', kind: 'transaction', id: EVIL.slice(1), at: 1200, bytes: 9 })
    combiner.onEvent({ type: 'head', node: 'n1', at: 1300, hash: EVIL, height: 1, work: '1', abandoned: 1 })
    live.flush()
    const page = await browser.newPage()
    page.setDefaultTimeout(20_000)
    const complaints = complaintsOf(page, api.url)
    page.on('dialog', () => complaints.push('a dialog'))
    await page.goto(api.url)
    await page.locator('.run').filter({ hasText: EVIL }).waitFor()
    await page.locator('.log').getByText(EVIL).waitFor()
    // However long its name, the first line is one line.
    ok(((await page.locator('.top').boundingBox())?.height ?? Number.NaN) < 80)
    await page.locator('.bar').first().click()
    await page.locator('.details').getByText(EVIL).first().waitFor()
    deepEqual(await page.evaluate(() => [document.querySelectorAll('img').length, document.scripts.length]), [0, 1])
    // The browser itself would refuse, too.
    const inserted = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.ran = true'
      document.head.append(script)
      return (globalThis as { ran?: boolean }).ran === true
    })
    equal(inserted, false)
    deepEqual(
      complaints.filter(
        (text) => !text.includes('Content Security Policy') && !text.includes('Failed to load resource')
      ),
      []
    )
  })

  it('a page whose token is of another run is refused, and says what to do', async () => {
    ok(browser !== undefined)
    const { api, service } = await bench.testnet({ page: await builtPage() })
    for (const name of liveRun.nodes) service.combiner.nodeState(name, 'up', 1000)
    service.live.flush()
    const page = await browser.newPage()
    page.setDefaultTimeout(20_000)
    await page.route(api.url, async (route) => {
      const response = await route.fetch()
      await route.fulfill({
        response,
        body: (await response.text()).replace(/content="[0-9a-f]{32}"/, `content="${'0'.repeat(32)}"`)
      })
    })
    await page.goto(api.url)
    await page.getByRole('button', { name: 'Cut in two' }).click()
    const says = page
      .locator('.controls .says.bad')
      .filter({ hasText: 'Open the address that starling testnet printed.' })
    await says.waitFor()
    deepEqual(service.asked, [])
  })

  it('a connection that hangs is not shown as live', async () => {
    ok(browser !== undefined)
    const { api, service } = await bench.testnet({ page: await builtPage() })
    service.live.flush()
    const line = await Line.to(api.url)
    bench.own(() => line.close())
    const page = await browser.newPage()
    page.setDefaultTimeout(20_000)
    await page.clock.install()
    await page.goto(line.url)
    await page.locator('[data-connection="live"]').waitFor()
    line.hang()
    await page.clock.runFor(liveDefaults.silentMaxMs + 1000)
    await page.locator('[data-connection="lost"]').waitFor()
    line.mend()
    await page.locator('[data-connection="live"]').waitFor()
  })

  it('a page of a run that has ended loads itself for one that is live, and gets its buttons', async () => {
    ok(browser !== undefined)
    const files = await builtPage()
    const ended = new Timeline(FINISHED_LIMITS)
    ended.apply({ seq: 1, now: 2000, run: { ...liveRun, startedAt: 1000, state: 'done' }, changes: [] })
    const recorded = await startRecordedApi({ feed: endedFeed(ended), page: files, runtime, port: 0 })
    bench.own(() => recorded.close())
    const line = await Line.to(recorded.url)
    bench.own(() => line.close())
    const page = await browser.newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(line.url)
    await page.locator('[data-connection="recorded"]').waitFor()
    const { api, service } = await bench.testnet({ page: files })
    service.live.flush()
    line.cut()
    await page.locator('[data-connection="ended"]').waitFor()
    line.mend(api.url)
    await page.getByRole('button', { name: 'Cut in two' }).waitFor()
  })

  it('a page loads itself for a run that began later, and never goes round between two', async () => {
    ok(browser !== undefined)
    const files = await builtPage()
    const runs = await Promise.all(
      [1, 2].map(async (order) => {
        const { api, service } = await bench.testnet({ page: files })
        service.combiner.describe({ ...liveRun, startedAt: order * 1000, scenario: `run-${order}` })
        service.live.flush()
        return api.url
      })
    )
    const [first = '', second = ''] = runs
    const line = await Line.to(first)
    bench.own(() => line.close())
    const page = await browser.newPage()
    page.setDefaultTimeout(20_000)
    let loads = 0
    page.on('load', () => loads++)
    await page.goto(line.url)
    const shows = (name: string) => page.locator('.run').filter({ hasText: name }).waitFor()
    await shows('run-1')
    for (const [url, name] of [
      [second, 'run-2'],
      [first, 'run-1'],
      [second, 'run-2']
    ] as const) {
      line.cut()
      await page.locator('[data-connection="lost"]').waitFor()
      line.mend(url)
      await shows(name)
    }
    equal(loads, 2)
  })
})
