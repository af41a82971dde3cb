// The only part of this room that touches files: a run's report, written whole or not at all, and read with suspicion.
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { reportSchema } from './report-schema.ts'
import { type Runs, runsSchema } from './runs.ts'
import type { Report } from './types.ts'

const REPORT_JSON = 'report.json'
const REPORT_HTML = 'report.html'
const RUNS_JSON = 'runs.json'
const COMPARE_HTML = 'compare.html'
/** A report is a few kB plus its config, a summary some kB for each of its runs: what is larger is something else. */
const REPORT_MAX_BYTES = 4 * 1024 * 1024

export type ReportErrorCode = 'no-report' | 'not-a-report' | 'other-version' | 'unreadable'

/** The message is one sentence for the user. */
export class ReportError extends Error {
  readonly code: ReportErrorCode
  constructor(code: ReportErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ReportError'
    this.code = code
  }
}

/**
 * Writes both files into an existing directory. Each appears complete or not at all; report.json comes last, so that
 * where it is the page is too.
 */
export async function writeReport(directory: string, report: Report, page: string): Promise<void> {
  await writeWhole(join(directory, REPORT_HTML), page)
  await writeWhole(join(directory, REPORT_JSON), `${JSON.stringify(report, null, 2)}\n`)
}

/** The summary of several seeds, above the directories of their reports; runs.json comes last. */
export async function writeRuns(directory: string, runs: Runs, page: string): Promise<void> {
  await writeWhole(join(directory, REPORT_HTML), page)
  await writeWhole(join(directory, RUNS_JSON), `${JSON.stringify(runs, null, 2)}\n`)
}

/** Returns the path of the page. */
export async function writeComparison(directory: string, page: string): Promise<string> {
  const path = join(directory, COMPARE_HTML)
  await writeWhole(path, page)
  return path
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text, { flush: true })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** The report of a run. Throws `ReportError` with a sentence that says what is wrong with which file. */
export function readReport(directory: string): Promise<Report> {
  return readAs(directory, REPORT_JSON, reportSchema, 'a report', 'starling-report/1')
}

/** The summary of several seeds. Throws like `readReport`. */
export function readRuns(directory: string): Promise<Runs> {
  return readAs(directory, RUNS_JSON, runsSchema, 'a summary of runs', 'starling-runs/1')
}

async function readAs<T>(
  directory: string,
  name: string,
  schema: z.ZodType<T>,
  what: string,
  version: string
): Promise<T> {
  const path = join(directory, name)
  const parsed = schema.safeParse(parse(path, await read(path, directory, name)))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.path[0] === 'schema') {
    throw new ReportError(
      'other-version',
      `${path} is no ${what.replace(/^an? /, '')} that this version reads (${version}).`
    )
  }
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${z.core.toDotPath(issue.path)}`
  throw new ReportError('not-a-report', `${path} is not ${what}${where}: ${issue?.message ?? 'unknown shape'}.`)
}

async function read(path: string, directory: string, name: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    if (bytes.length <= REPORT_MAX_BYTES) return bytes.toString('utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      throw new ReportError('no-report', `There is no ${name} in ${directory}: the run has not ended yet.`, error)
    }
    throw new ReportError(
      'unreadable',
      `${path} can't be read: ${error instanceof Error ? error.message : error}.`,
      error
    )
  }
  throw new ReportError('not-a-report', `${path} is larger than a report can be.`)
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ReportError('not-a-report', `${path} is not JSON: it was cut off or edited.`, error)
  }
}
