// starling report RUN --serve: the dashboard of a run that has ended, until Ctrl-C.
import { apiDefaults } from '../config/index.ts'
import { type Cli, remark } from './context.ts'
import { openInBrowser, readPage } from './dashboard.ts'
import { plural } from './format.ts'
import { listenForInterrupts } from './testnet/interrupts.ts'

export interface ServeFlags {
  readonly open?: boolean
}

/** Resolves when it was interrupted. */
export async function serveRun(cli: Cli, directory: string, flags: ServeFlags): Promise<void> {
  const page = readPage()
  const { readRecorded } = await import('./recorded.ts')
  const { ApiStartError, endedFeed, startRecordedApi } = await import('../api/index.ts')
  const { silentLogger } = await import('../runtime/index.ts')
  const { timeline, remarks } = await readRecorded(directory)
  for (const text of remarks) remark(cli, text)
  const feed = endedFeed(timeline)
  const runtime = { clock: cli.clock, timers: cli.timers, logger: silentLogger }
  const start = (port: number) => startRecordedApi({ feed, page, runtime, port })
  const api = await start(apiDefaults.controllerPort).catch((error: unknown) => {
    if (!(error instanceof ApiStartError)) throw error
    return start(0)
  })
  const over = Promise.withResolvers<void>()
  const ends = [listenForInterrupts(cli.clock, () => over.resolve()), cli.onReaderGone(() => over.resolve())]
  const blocks = plural(timeline.blocks.size, 'block')
  cli.out.write(`${plural(timeline.nodes.length, 'node')}, ${blocks}: ${cli.paint('cyan', api.url)}   Ctrl-C ends it\n`)
  if (flags.open === true) openInBrowser(cli, api.url)
  try {
    await over.promise
  } finally {
    for (const end of ends) end()
    await api.close()
  }
}
