import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildReport, ReportError, readReport, writeReport } from '../../src/report/index.ts'
import { nodeNames, reportInput, startedCollector } from './made-run.ts'

const report = buildReport(reportInput(startedCollector(nodeNames(2))))

describe('run directory', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'starling-report-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const refused = async (code: string, message: RegExp): Promise<void> => {
    await assert.rejects(readReport(directory), (error) => {
      assert.ok(error instanceof ReportError)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    })
  }

  it('gives back the report that was written, and leaves nothing else beside the page', async () => {
    await writeReport(directory, report, '<!doctype html>')
    assert.deepEqual(await readReport(directory), report)
    assert.equal(await readFile(join(directory, 'report.html'), 'utf8'), '<!doctype html>')
    assert.deepEqual((await readdir(directory)).sort(), ['report.html', 'report.json'])
  })

  it('replaces an older report whole', async () => {
    await writeReport(directory, report, 'old')
    await writeReport(directory, { ...report, seed: 8 }, 'new')
    assert.equal((await readReport(directory)).seed, 8)
  })

  it('keeps fields that it does not know', async () => {
    await writeFile(join(directory, 'report.json'), JSON.stringify({ ...report, later: 1 }))
    assert.deepEqual(await readReport(directory), { ...report, later: 1 })
  })

  it('says that a run has no report yet', () => refused('no-report', /^There is no report\.json in .*not ended yet\.$/))

  it('says that a file was cut off', async () => {
    await writeFile(join(directory, 'report.json'), JSON.stringify(report).slice(0, 100))
    await refused('not-a-report', /is not JSON: it was cut off or edited\.$/)
  })

  it('says where a report is wrong', async () => {
    const wrong = { ...report, blocks: { ...report.blocks, published: 'many' } }
    await writeFile(join(directory, 'report.json'), JSON.stringify(wrong))
    await refused('not-a-report', /is not a report at blocks\.published: /)
  })

  it('does not read another version as its own', async () => {
    await writeFile(join(directory, 'report.json'), JSON.stringify({ ...report, schema: 'starling-report/2' }))
    await refused('other-version', /no report that this version reads/)
  })

  it('does not take a huge file for a report', async () => {
    await writeFile(join(directory, 'report.json'), Buffer.alloc(4 * 1024 * 1024 + 1, ' '))
    await refused('not-a-report', /larger than a report can be/)
  })
})
