// Using the page: by keys alone, by eye and by ear, while the network goes on.
import { equal, match, ok } from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { Bench, type FakeTestnet, hashOf, liveRun } from '../api/support.ts'
import { builtPage, launch, needsChromium } from './browser.ts'

describe('using the page', () => {
  const bench = new Bench()
  let browser: Browser | undefined
  let page: Page
  let service: FakeTestnet
  let height = 0
  before(async function () {
    needsChromium(this)
    browser = await launch()
    const made = await bench.testnet({ page: await builtPage() })
    service = made.service
    for (const name of liveRun.nodes) service.combiner.nodeState(name, 'up', liveRun.startedAt)
    for (let n = 1; n <= 30; n++) seal()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(20_000)
    await page.goto(made.api.url)
    await page.locator('.block').first().waitFor()
  })
  after(async () => {
    await browser?.close()
    await bench.end()
  })

  /** The next block of the chain; everybody has it at once. */
  const seal = (): void => {
    const at = liveRun.startedAt + ++height * 1000
    const id = hashOf(height)
    const { combiner, live } = service
    combiner.onEvent({ type: 'published', node: 'n1', kind: 'block', id, at, bytes: 9, height, transactions: 0 })
    combiner.onEvent({ type: 'imported', node: 'n1', id, parent: hashOf(height - 1), height, at, transactions: [] })
    for (const node of liveRun.nodes) {
      combiner.onEvent({ type: 'head', node, at, hash: id, height, work: '1', abandoned: 0 })
    }
    live.flush()
  }

  it('what is chosen with a key is read at once, and closing it leads back', async () => {
    const bar = page.locator('.bar').last()
    await bar.focus()
    await page.keyboard.press('Enter')
    await page.locator('.details:focus').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('.details').waitFor({ state: 'detached' })
    equal(await bar.evaluate((element) => element === document.activeElement), true)
    // The graph keeps its keys.
    await page.locator('canvas.graph').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.locator('.details h2').filter({ hasText: 'Node n2' }).waitFor()
    equal(await page.locator('canvas.graph:focus').count(), 1)
    // Until somebody wants to go on in the details; closing them leads back.
    await page.keyboard.press('Enter')
    await page.locator('.details:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.details').waitFor({ state: 'detached' })
    await page.locator('canvas.graph:focus').waitFor()
  })

  it('a row of blocks is one stop of the Tab key, and arrows go along it', async () => {
    for (const row of ['.bars', '.blocks']) {
      const buttons = page.locator(`${row} button`)
      equal(await page.locator(`${row} [tabindex="0"]`).count(), 1)
      await buttons.last().focus()
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowRight')
      equal(await buttons.nth(-2).evaluate((button) => button === document.activeElement), true)
    }
    equal(await page.locator('.live[aria-pressed="true"]').count(), 1, 'time went on')
  })

  it('Escape closes the details from wherever it is pressed', async () => {
    await page.locator('.bar').last().click()
    await page.locator('.details').waitFor()
    const field = page.locator('.send input, .send select, .controls select').first()
    await field.focus()
    await page.keyboard.press('Escape')
    await page.locator('.details').waitFor({ state: 'detached' })
    equal(await field.evaluate((element) => element === document.activeElement), true)
  })

  it('the slider says a time, not a number', async () => {
    await page.locator('canvas.graph').focus()
    await page.keyboard.press('ArrowLeft')
    await page.locator('.live[aria-pressed="false"]').waitFor()
    match((await page.getByLabel('Moment that is shown').getAttribute('aria-valuetext')) ?? '', /^0:3\d/)
    await page.keyboard.press('l')
  })

  it('whoever looks at an older part of the chain is left there by the next block', async () => {
    const scroller = page.locator('.chain .scroller')
    const left = (): Promise<number> => scroller.evaluate((element) => element.scrollLeft)
    const shows = (n: number) =>
      page
        .locator('.block')
        .filter({ hasText: `#${n} ` })
        .waitFor()
    await shows(height)
    ok((await left()) > 500, 'its end is shown')
    await scroller.evaluate(async (element) => {
      const scrolled = new Promise((resolve) => element.addEventListener('scroll', resolve, { once: true }))
      element.scrollLeft = 300
      await scrolled
    })
    seal()
    await shows(height)
    // The oldest one went, and all others with it by one place.
    equal(await left(), 200)
    await scroller.evaluate(async (element) => {
      const scrolled = new Promise((resolve) => element.addEventListener('scroll', resolve, { once: true }))
      element.scrollLeft = element.scrollWidth
      await scrolled
    })
    seal()
    await shows(height)
    ok((await left()) > 500, 'its end is shown again')
  })
})
