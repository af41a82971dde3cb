// A run that has ended, on the same page: read from its directory, with a slider for its time.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { endedFeed, headAt, type RunningApi, startRecordedApi, type Timeline } from '../../src/api/index.ts'
import { readRecorded } from '../../src/cli/recorded.ts'
import { coverageAt } from '../../src/dashboard/view/coverage.ts'
import { partitionAt } from '../../src/dashboard/view/faults.ts'
import { networkAt } from '../../src/dashboard/view/network.ts'
import { simulate as runSimulation } from '../../src/engine/virtual/index.ts'
import { type Report, type ScenarioInput, simulate } from '../../src/index.ts'
import { realRuntime } from '../../src/runtime/index.ts'
import { loadScenario } from '../../src/scenario/index.ts'
import { traceFiles } from '../../src/trace/index.ts'
import { builtPage, complaintsOf, keep, launch, needsChromium } from './browser.ts'

describe('a run that has ended', () => {
  let directory: string
  let report: Report
  let timeline: Timeline

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'starling-recorded-'))
    const scenario: ScenarioInput = {
      nodes: 8,
      duration: '16s',
      seed: 7,
      consensus: 'authority',
      topology: { degree: 3 },
      block: { interval: '1s' },
      links: { latency: '30ms' },
      faults: [
        { do: 'crash', at: '2s', nodes: ['n8'], for: '2s' },
        { do: 'partition', at: '6s', groups: [['n1', 'n2', 'n3', 'n4']], for: '4s' }
      ]
    }
    ;({ report } = await simulate(scenario, { directory, trace: 'file' }))
    ;({ timeline } = await readRecorded(directory))
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  it('has every block of the report, as fast as the report says', () => {
    const meshedAt = Number(report.environment.meshed_at)
    const measured = [...timeline.blocks.values()].filter(({ at }) => at >= meshedAt)
    equal(measured.length, report.blocks.published)
    const last = networkAt(timeline, timeline.now)
    deepEqual([last.height, last.agreed, last.up], [report.consistency.height, 8, 8])
    // Blocks that nothing disturbed: all who were up got them.
    const calm = measured.filter((block) => block.at < meshedAt + 2000)
    for (const block of calm) ok((coverageAt(timeline, block).t100 ?? Number.POSITIVE_INFINITY) < 500)
  })

  it('knows what was done to it', () => {
    const meshedAt = Number(report.environment.meshed_at)
    const state = (seconds: number) => networkAt(timeline, meshedAt + seconds * 1000).nodes[7]?.state
    deepEqual([state(1), state(3), state(5)], ['up', 'down', 'up'])
    const sides = [...(partitionAt(timeline, meshedAt + 8000)?.values() ?? [])]
    deepEqual(sides, [1, 1, 1, 1, 0, 0, 0, 0])
    equal(partitionAt(timeline, meshedAt + 11_000), undefined)
    const heads = timeline.nodes.map((node) => headAt(node, meshedAt + 9900)?.id)
    ok(new Set(heads).size > 1, 'two sides, two heads')
  })

  it('needs a trace', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'starling-bare-'))
    try {
      await runSimulation(
        loadScenario({
          overrides: [
            { path: 'nodes', value: 3 },
            { path: 'duration', value: '1s' }
          ]
        }),
        { directory: bare }
      )
      await rejects(readRecorded(bare), { code: 'no-trace' })
    } finally {
      rmSync(bare, { recursive: true, force: true })
    }
  })

  it('is shown as far as its traces go, which is said', async () => {
    const torn = mkdtempSync(join(tmpdir(), 'starling-torn-'))
    try {
      cpSync(directory, torn, { recursive: true })
      for (const path of await traceFiles(join(torn, 'traces'))) truncateSync(path, statSync(path).size - 1)
      const { remarks } = await readRecorded(torn)
      match(remarks.join(), /ends early, after [\d,]+ records?: its node was killed, or it was not copied whole\.$/)
    } finally {
      rmSync(torn, { recursive: true, force: true })
    }
  })

  it('is not believed what it says of nodes', async () => {
    const lying = mkdtempSync(join(tmpdir(), 'starling-lying-'))
    const readWith = (changed: object) => {
      writeFileSync(join(lying, 'report.json'), JSON.stringify({ ...report, ...changed }))
      return readRecorded(lying)
    }
    try {
      cpSync(join(directory, 'traces'), join(lying, 'traces'), { recursive: true })
      for (const nodes of [1e9, 3.5, -1]) await rejects(readWith({ nodes }), { code: 'not-a-report' })
      const rolesOf = async (roles: unknown) => (await readWith({ config: { roles } })).timeline.run?.roles
      const honest = Array(8).fill(null)
      for (const roles of [[{ role: 'mute', nodes: 1e9 }], [null, 5, { role: 7, nodes: 1 }, { nodes: -3 }], 'x']) {
        deepEqual(await rolesOf(roles), honest)
      }
      deepEqual(await rolesOf([{ role: '<b>', nodes: 1 }]), [...honest.slice(1), '<b>'])
    } finally {
      rmSync(lying, { recursive: true, force: true })
    }
  })

  describe('in a browser', () => {
    let browser: Browser | undefined
    let api: RunningApi | undefined
    before(async function () {
      needsChromium(this)
      const [page, launched] = await Promise.all([builtPage(), launch()])
      browser = launched
      api = await startRecordedApi({ feed: endedFeed(timeline), page, runtime: realRuntime(), port: 0 })
    })
    after(async () => {
      await browser?.close()
      await api?.close()
    })

    it('is scrubbed with the slider, and has no buttons that change things', async () => {
      ok(browser !== undefined && api !== undefined)
      const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
      page.setDefaultTimeout(20_000)
      const complaints = complaintsOf(page, api.url)
      await page.goto(api.url)
      await page.locator('[data-connection="recorded"]').waitFor()
      const height = page.locator('[data-fact="height"]')
      await height.filter({ hasText: String(report.consistency.height) }).waitFor()
      await page.locator('.bar.torn').first().waitFor()
      await page
        .locator('.strip')
        .getByText(/torn\s+above [\d,]+ ms/)
        .waitFor()
      const slider = page.getByLabel('Moment that is shown')
      const cut = Number(report.environment.meshed_at) + 9800
      await slider.evaluate((element, at) => {
        ;(element as HTMLInputElement).value = String(at)
        element.dispatchEvent(new Event('input', { bubbles: true }))
      }, cut)
      await page.locator('[data-fact="head"]').filter({ hasText: 'branches' }).waitFor()
      await keep(page, 'recorded')
      const traffic = page.locator('.traffic')
      await traffic.getByText('over the whole run').waitFor()
      equal(await traffic.locator('[data-traffic]').count(), 5)
      match(await traffic.locator('[data-traffic="block"]').innerText(), /blocks\s+[\d.]+ [kM]?B\s+\d+%/)
      // The details of a block leave its curve in sight.
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.locator('.bar:not(.open)').last().click()
      const [curve, details] = [page.locator('.latest .chart'), page.locator('.details')]
      await details.waitFor()
      const [above, below] = [await curve.boundingBox(), await details.boundingBox()]
      ok(above !== null && below !== null && above.height > 80 && above.y + above.height <= below.y)
      ok(below.y + below.height <= 800, 'all of it on the screen')
      await page.keyboard.press('Escape')
      equal(await page.locator('.controls').count(), 0)
      equal(await page.getByRole('button', { name: 'Send' }).count(), 0)
      equal(await page.locator('.members th').count(), 5, 'no φ: nobody can be asked')
      // A phone has room for the first line in one line.
      await page.setViewportSize({ width: 390, height: 844 })
      const tops = await page
        .locator('.top .badge, .top .tools')
        .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().y))
      ok(Math.abs((tops[0] ?? 0) - (tops[1] ?? 99)) < 20, tops.join())
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.locator('[data-fact="head"]').filter({ hasNotText: 'branches' }).waitFor()
      deepEqual(complaints, [])
    })
  })
})
