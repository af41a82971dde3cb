// The dashboard in a real browser, on a real testnet.
import { equal, deepEqual, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import type { PageFiles } from '../../src/api/index.ts'
import { runTestnet, type TestnetRun } from '../../src/index.ts'
import { Line } from './proxy.ts'
import { builtPage, complaintsOf, keep, launch, needsChromium } from './browser.ts'

/** Script and everything in it, compressed: what a slow line has to carry. */
const SCRIPT_MAX_BYTES = 150 * 1024

describe('the dashboard', () => {
  let files: PageFiles
  let browser: Browser | undefined
  let run: TestnetRun | undefined
  let page: Page
  let line: Line
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
      block: { interval: '500ms' },
      load: { rate: 5 },
      seed: 7
    } as const
    const starting = runTestnet(scenario, { directory, page: files, trace: false })
    ;[browser, run] = await Promise.all([launch(), starting])
    line = await Line.to(run.controller)
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light' })
    page.setDefaultTimeout(20_000)
    complaints = complaintsOf(page, line.url)
    // How large the circles are that are drawn: those of nodes are alike, those of a wave grow. And what is written.
    await page.addInitScript(() => {
      const { arc } = CanvasRenderingContext2D.prototype
      const radii = new Set<number>()
      const { fillText } = CanvasRenderingContext2D.prototype
      const written = new Set<string>()
      Object.assign(globalThis, { radii, written })
      CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        written.add(text)
        fillText.call(this, text, ...place)
      }
      CanvasRenderingContext2D.prototype.arc = function (...place) {
        radii.add(place[2])
        arc.apply(this, place)
      }
    })
    await page.goto(line.url)
  })

  after(async () => {
    await Promise.all([browser?.close(), run?.stop('kill')])
    line?.close()
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  })

  const fact = (name: string) => page.locator(`[data-fact="${name}"]`)

  it('is small', () => {
    const bytes = gzipSync(files.script).length
    ok(bytes < SCRIPT_MAX_BYTES, `${bytes} bytes`)
  })

  it('shows every node, and that they agree', async () => {
    await page.locator('[data-connection="live"]').waitFor()
    await fact('agree').filter({ hasText: '8/8' }).waitFor()
    match(await page.locator('.run').innerText(), /testnet · seed 7/)
    deepEqual(
      await page.locator('[data-node]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-node'))),
      ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8']
    )
  })

  it('draws the wave of a block, and its curve', async () => {
    const before = await fact('height').innerText()
    await page.waitForFunction(
      (height) => document.querySelector('[data-fact="height"]')?.textContent !== height,
      before
    )
    await page.waitForFunction(() => (globalThis as unknown as { radii: Set<number> }).radii.size > 20)
    await page.waitForFunction(() => /^\d/.test(document.querySelector('[data-time="all"]')?.textContent ?? ''))
    ok((await page.locator('.latest canvas').count()) === 1)
    ok((await page.locator('.bar').count()) > 0)
  })

  it('measures traffic in bytes a second', async () => {
    await page.locator('.traffic .legend').waitFor()
    await page.waitForFunction(() =>
      [...(globalThis as unknown as { written: Set<string> }).written].some((text) => /^[\d.]+ k?B\/s$/.test(text))
    )
    const written = await page.evaluate(() => [...(globalThis as unknown as { written: Set<string> }).written])
    deepEqual(
      written.filter((text) => /B$/.test(text)),
      []
    )
  })

  it('sends a transaction, and follows it into a block', async () => {
    await page.getByLabel('amount').fill('7')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('[data-step="seen"].done').waitFor()
    await page.locator('[data-step="included"].done').waitFor()
    match(await page.locator('[data-step="seen"]').innerText(), /held by 8\/8 nodes after \d/)
    match(await page.locator('[data-step="included"]').innerText(), /included in #\d+ after \d+\.\d s/)
    await page.locator('.details').getByText('7 + fee 1').waitFor()
    equal(await page.locator('.details .tree li').count(), 8)
    await keep(page, 'transaction')
  })

  it('says what was wrong with one that nobody takes', async () => {
    const asked = Promise.withResolvers<void>()
    await page.route('**/v1/payments', async (route) => {
      await asked.promise
      await route.continue()
    })
    await page.getByLabel('amount').fill('999999999')
    await page.getByRole('button', { name: 'Send' }).click()
    // No error yet, and none of its colour.
    await page.locator('.send .says.muted').filter({ hasText: 'signing' }).waitFor()
    asked.resolve()
    await page.locator('.send .says.bad').filter({ hasText: 'nsufficient' }).waitFor()
    await page.unroute('**/v1/payments')
    complaints.splice(0)
  })

  it('shows a block with its propagation tree, and replays its wave', async () => {
    await page.keyboard.press('Escape')
    await page.locator('.bar:not(.open)').last().click()
    await page.locator('[data-details="block"]').waitFor()
    equal(await page.locator('.details .tree li').count(), 8)
    match(await page.locator('.details .tree').innerText(), /made it/)
    await page.getByRole('button', { name: 'Replay its wave' }).click()
    await page.locator('.moment').filter({ hasText: '1/' }).waitFor()
    await page.keyboard.press('Escape')
    equal(await page.locator('.details').count(), 0)
  })

  it('goes by keys, pauses and comes back to now', async () => {
    await page.locator('canvas.graph').focus()
    await page.keyboard.press('ArrowDown')
    await page.locator('.details h2').filter({ hasText: 'Node n1' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('ArrowLeft')
    await page.locator('.live[aria-pressed="false"]').waitFor()
    await page.keyboard.press('l')
    await page.locator('.live[aria-pressed="true"]').waitFor()
    // Keys in a dialog are the dialog's.
    await page.keyboard.press('?')
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    equal(await page.locator('.live[aria-pressed="true"]').count(), 1)
    // Without slow motion the page shows what happens when it happens: the next tests need not wait for the past.
    await page.keyboard.press('s')
    equal(await page.getByLabel('slow motion').isChecked(), false)
  })

  it('shows two heads when the network is cut in two, and one when it is healed', async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    // The picture, the buttons and the slider are seen together.
    await page.waitForFunction(() => {
      scrollTo(0, 0)
      return (document.querySelector('.network')?.getBoundingClientRect().bottom ?? Number.NaN) <= innerHeight
    })
    const buttons = page.locator('.network .controls')
    await buttons.getByRole('button', { name: 'Stop' }).waitFor()
    await buttons.getByRole('button', { name: 'Cut in two' }).click()
    await fact('head').filter({ hasText: '2 branches' }).waitFor()
    await page.locator('.log').getByText('network cut').waitFor()
    const odd = await page.locator('.block').evaluateAll((blocks) =>
      blocks.filter((block) => {
        const { borderTopColor } = getComputedStyle(block)
        return [...block.querySelectorAll('i')].some((dot) => getComputedStyle(dot).backgroundColor !== borderTopColor)
      })
    )
    equal(odd.length, 0, 'dots have the colour of their branch')
    await keep(page, 'cut-in-two')
    await buttons.getByRole('button', { name: 'Heal' }).click()
    await page.locator('.log').getByText('network healed').waitFor()
    // That all eight have the same head is seen only between two blocks: on a busy machine seldom.
    await fact('head').filter({ hasNotText: 'branches' }).waitFor()
  })

  it('stops a node and starts it again', async () => {
    await page.locator('[data-node="n8"] .link').click()
    const details = page.locator('.details')
    await details.getByRole('button', { name: 'Stop' }).click()
    await page.locator('[data-node="n8"][data-state="down"]').waitFor()
    await details.getByRole('button', { name: 'Start', exact: true }).click()
    await page.locator('[data-node="n8"][data-state="up"]').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('s')
    equal(await page.getByLabel('slow motion').isChecked(), true)
  })

  it('says when the connection is lost, and goes on when it is back', async () => {
    // What answers with an error is left alone for seconds.
    await page.route('**/v1/updates', (route) => route.fulfill({ status: 503, body: '{}' }))
    line.cut()
    const wait = page.locator('[data-connection="lost"] .wait')
    await wait.filter({ hasText: /trying again in [34] s/ }).waitFor()
    equal(await page.getByRole('button', { name: 'Cut in two' }).count(), 0, 'no buttons that do nothing')
    await page.unroute('**/v1/updates')
    line.mend()
    // Its network is back: the wait is over.
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.locator('[data-connection="live"]').waitFor({ timeout: 2000 })
    equal(await page.locator('[data-node]').count(), 8)
    complaints.splice(0)
  })

  it('is used on a phone, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth)
    await keep(page, 'phone')
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth)
    // The graph is no taller than it was before the phone.
    await page.waitForFunction(() => (document.querySelector('.network')?.clientHeight ?? 9999) < 750)
    await keep(page, 'dark')
  })

  it('had nothing to complain of, and asked nobody else', () => {
    deepEqual(complaints, [])
    equal(page.url(), `${line.url}/`)
  })
})
