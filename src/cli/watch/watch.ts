// Runs the terminal view: updates come in, keys and sizes change, lines go out. Leaves the terminal as it was.
import { type ApiError, LIVE_LIMITS, liveDefaults, type TestnetClient, Timeline } from '../../api/client/index.ts'
import { cliDefaults } from '../../config/index.ts'
import { answerLine, type Cli, type JsonOption, remark } from '../context.ts'
import { CliError } from '../errors.ts'
import { Screen, type Terminal } from '../terminal.ts'
import { listenForInterrupts } from '../testnet/interrupts.ts'
import { lineText, WatchLines } from './lines.ts'
import { watchLines } from './view.ts'

const UP = '\u001b[A'
const DOWN = '\u001b[B'
const CTRL_C = '\u0003'

/** On a terminal, until q. A lost connection is tried again and again. */
export async function watchOnScreen(cli: Cli, client: TestnetClient, terminal: Terminal): Promise<void> {
  const screen = new Screen(cli.out)
  const stopped = new AbortController()
  let timeline = new Timeline(LIVE_LIMITS)
  let connection: 'live' | 'lost' | 'ended' = 'live'
  let isPaused = false
  let scrolled = 0
  const draw = (): void =>
    screen.show(watchLines({ timeline, connection, isPaused, scrolled, ...terminal.size(), paint: cli.paint }))
  const onKey = (key: string): void => {
    if (key === 'q' || key === CTRL_C) stopped.abort()
    else if (key === ' ') isPaused = !isPaused
    else if (key === UP) scrolled = Math.max(0, scrolled - 1)
    else if (key === DOWN) scrolled = Math.min(Math.max(0, timeline.nodes.length - 1), scrolled + 1)
    draw()
  }
  let stream = new AbortController()
  let aliveAt = cli.clock.now()
  const onAlive = (): void => {
    aliveAt = cli.clock.now()
  }
  // Nobody closed it, and nothing comes: the other side hangs, or what leads there does.
  const listening = cli.timers.every(liveDefaults.heartbeatMs, () => {
    if (cli.clock.now() - aliveAt > liveDefaults.silentMaxMs) stream.abort()
  })
  const leave = (): void => screen.leave()
  process.once('exit', leave)
  const ends = [
    terminal.onKey(onKey),
    terminal.onResize(() => {
      screen.forget()
      draw()
    }),
    cli.onReaderGone(() => stopped.abort()),
    listenForInterrupts(cli.clock, () => stopped.abort()),
    () => listening.cancel()
  ]
  try {
    while (!stopped.signal.aborted) {
      stream = new AbortController()
      onAlive()
      try {
        const signal = AbortSignal.any([stopped.signal, stream.signal])
        for await (const update of client.updates({ signal, onAlive })) {
          // Afresh: a lost connection may have come back to another run.
          if (update.reset === true) timeline = new Timeline(LIVE_LIMITS)
          timeline.apply(update)
          connection = 'live'
          if (!isPaused) draw()
        }
      } catch (error) {
        if ((error as ApiError).status > 0) throw error
      }
      if (stopped.signal.aborted) break
      connection = timeline.run?.state === 'done' ? 'ended' : 'lost'
      draw()
      await cli.timers.sleep(cliDefaults.watchRetryMs, stopped.signal).catch(() => {})
    }
  } finally {
    for (const end of ends) end()
    process.off('exit', leave)
    leave()
  }
}

/** Anywhere else: a line for what is new, until the run ends. */
export async function watchAsLines(cli: Cli, client: TestnetClient, flags: JsonOption): Promise<void> {
  const timeline = new Timeline(LIVE_LIMITS)
  const lines = new WatchLines()
  let isWhole = false
  for await (const update of client.updates()) {
    timeline.apply(update)
    // Everything, at first and after too slow a reader lost count, comes in parts, the counts with the last one.
    if (update.reset === true) isWhole = false
    isWhole ||= update.changes.some(({ type }) => type === 'counts')
    if (!isWhole) continue
    for (const line of lines.next(timeline)) answerLine(cli, flags, line, () => lineText(line))
  }
  if (timeline.run?.state !== 'done') throw new CliError('stream-ended', 'The other side ended the stream.')
  remark(cli, 'The run has ended.')
}
