// A testnet in this process: first screen, a line per block, the summary; Ctrl-C ends it with its report.
import { version } from '../../runtime/index.ts'
import { join, relative, resolve } from 'node:path'
import { apiDefaults } from '../../config/index.ts'
import type { FinishedRun, TestnetRun } from '../../engine/tcp/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { requireGood } from '../commands/report.ts'
import { type Cli, type JsonOption, remark } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import { openInBrowser, readPage } from '../dashboard.ts'
import { json, painter, paletteOf, type Sink } from '../output.ts'
import { type Current, currentIn, pointLatest, removeCurrent, whileRunning, writeCurrent } from '../runs.ts'
import { listenForInterrupts } from './interrupts.ts'
import { headline, type ProgressStep, progressText, screen } from './screen.ts'

export interface AttachedInit {
  readonly scenario: Scenario
  readonly directory: string
  /** Where `current` and `runs/` are. */
  readonly home: string
  readonly flags: JsonOption & {
    readonly trace?: 'on' | 'off'
    /** False: no page. */
    readonly dashboard?: boolean
    readonly open?: boolean
  }
  /** Told once, with what a command started meanwhile would see; a detached testnet answers its starter. */
  readonly onReady?: (current: Current, screen: string) => void
}

/** Runs until the duration is over or someone ends it. Throws when its figures mean nothing or an expectation did not hold. */
export async function runAttached(cli: Cli, init: AttachedInit): Promise<void> {
  await new Attached(cli, init).run()
}

class Attached {
  readonly #cli: Cli
  readonly #init: AttachedInit
  /** Where a person reads: stdout, unless that belongs to the data. */
  readonly #human: Sink
  readonly #paint: ReturnType<typeof painter>
  #run: TestnetRun | undefined
  #killed = false

  constructor(cli: Cli, init: AttachedInit) {
    this.#cli = cli
    this.#init = init
    this.#human = init.flags.json === true ? cli.err : cli.out
    this.#paint = painter(this.#human, cli.env)
  }

  async run(): Promise<void> {
    const unlisten = [
      listenForInterrupts(this.#cli.clock, (count) => this.#onInterrupt(count)),
      this.#cli.onReaderGone(() => this.#onReaderGone())
    ]
    try {
      await whileRunning(this.#init.directory, async () => {
        const run = await this.#start()
        await this.#end(await this.#watch(run))
      })
    } finally {
      for (const stop of unlisten) stop()
    }
  }

  async #start(): Promise<TestnetRun> {
    const { scenario, directory, home } = this.#init
    this.#human.write(headline(scenario, this.#paint))
    const progress = new Progress(this.#human, this.#paint)
    const { startTestnet } = await import('../../engine/tcp/index.ts')
    try {
      this.#run = await startTestnet(scenario, {
        directory,
        version,
        apiPort: apiDefaults.port,
        controllerPort: apiDefaults.controllerPort,
        page: this.#init.flags.dashboard === false ? undefined : readPage(),
        trace: this.#init.flags.trace !== 'off',
        onProgress: (step) => progress.show(step),
        onWarning: (message) => remark(this.#cli, `⚠ ${message}`)
      })
    } finally {
      progress.end()
    }
    pointLatest(home, directory)
    return this.#run
  }

  /** From the first screen to the report. */
  async #watch(run: TestnetRun): Promise<FinishedRun> {
    const { home, onReady } = this.#init
    const current = currentOf(run, this.#cli.clock.now())
    const replaced = currentIn(home)
    const file = writeCurrent(home, current)
    // Also when the process leaves by another door: a second Ctrl-C, a closed pipe.
    const tidy = (): void => removeCurrent(file, process.pid, replaced)
    process.once('exit', tidy)
    try {
      const text = await this.#screen(run, onReady !== undefined)
      this.#human.write(text)
      onReady?.(current, text)
      if (this.#init.flags.open === true) openInBrowser(this.#cli, run.controller)
      const stopLines = await this.#printBlocks(run)
      try {
        return await run.finished
      } catch (error) {
        if (this.#killed) throw new CliError('killed', 'The testnet was ended at once, without a report.')
        throw error
      } finally {
        stopLines()
      }
    } finally {
      process.off('exit', tidy)
      tidy()
    }
  }

  async #screen(run: TestnetRun, detached: boolean): Promise<string> {
    const { DEVELOPMENT_ACCOUNTS, developmentKey } = await import('../../ledger/index.ts')
    const { toHex } = await import('../../wire/index.ts')
    const balances = new Map(run.genesis.file.accounts.map(({ address, balance }) => [address, balance]))
    const accounts = DEVELOPMENT_ACCOUNTS.map((name) => {
      return { name, balance: balances.get(toHex(developmentKey(name).publicKey)) ?? 0 }
    })
    const { nodes, controller, seed, directory } = run
    const { cwd } = this.#cli
    return screen(
      {
        nodes,
        controller,
        hasDashboard: this.#init.flags.dashboard !== false,
        seed,
        directory,
        accounts,
        cwd,
        detached,
        width: this.#human.width
      },
      this.#paint
    )
  }

  async #printBlocks(run: TestnetRun): Promise<() => void> {
    if (this.#init.flags.json === true) return () => {}
    const { blockLine } = await import('../../report/index.ts')
    const palette = paletteOf(this.#paint)
    return run.onBlock((block) => this.#human.write(`${blockLine(run.collector, block, palette)}\n`))
  }

  async #end({ report, details }: FinishedRun): Promise<void> {
    const { renderSummary } = await import('../../report/index.ts')
    const path = relative(this.#cli.cwd, join(this.#init.directory, 'report.html'))
    if (this.#init.flags.json === true) this.#cli.out.write(json(report))
    else this.#human.write(`\n${renderSummary(report, { details, path, palette: paletteOf(this.#paint) })}\n`)
    requireGood(report)
  }

  /** `testnet | head -1`, or the terminal was closed: the run ends with its report, though nobody sees it now. */
  #onReaderGone(): void {
    if (this.#run === undefined) process.exit(EXIT.failed)
    void this.#run.stop('interrupt')
  }

  #onInterrupt(count: number): void {
    const run = this.#run
    if (run === undefined || count > 2) {
      // Workers end by themselves when their parent is gone.
      remark(this.#cli, run === undefined ? 'Interrupted before the testnet was up.' : 'Gone.')
      process.exit(EXIT.failed)
    }
    if (count === 1) {
      remark(this.#cli, 'Ending the run; once more ends it at once, without a report.')
      void run.stop('interrupt')
    } else {
      this.#killed = true
      void run.stop('kill')
    }
  }
}

function currentOf(run: TestnetRun, startedAt: number): Current {
  return {
    controller: run.controller,
    nodes: run.nodes.map(({ name, api, peer }) => ({ name, api, peer })),
    directory: resolve(run.directory),
    pid: process.pid,
    startedAt
  }
}

/** The line of ticks: rewritten in place on a terminal, written once elsewhere. */
class Progress {
  readonly #steps = new Map<ProgressStep['step'], ProgressStep>()
  readonly #sink: Sink
  readonly #paint: ReturnType<typeof painter>

  constructor(sink: Sink, paint: ReturnType<typeof painter>) {
    this.#sink = sink
    this.#paint = paint
  }

  show(step: ProgressStep): void {
    this.#steps.set(step.step, step)
    if (this.#sink.terminal) this.#sink.write(`\r\u001b[2K${this.#text()}`)
  }

  end(): void {
    this.#sink.write(this.#sink.terminal ? '\n' : `${this.#text()}\n`)
  }

  #text(): string {
    return progressText(this.#steps, this.#paint)
  }
}
