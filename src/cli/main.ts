// The command line as a process: streams, exit code. The launcher (starling.ts) imports it.
import { realClock, realEntropy, realTimers, sizeThreadPool } from '../runtime/index.ts'
import { createCli } from './context.ts'
import { run } from './program.ts'
import { openStreams } from './streams.ts'
import { openTerminal } from './terminal.ts'

sizeThreadPool()

const cli = createCli({
  ...openStreams(process.stdout, process.stderr, () => process.exit(0)),
  terminal: process.stdout.isTTY ? openTerminal(process.stdin, process.stdout) : undefined,
  env: process.env,
  cwd: process.cwd(),
  clock: realClock(),
  timers: realTimers,
  entropy: realEntropy
})

// Not process.exit(): what is still on its way to a pipe would be lost. Every command leaves nothing open.
process.exitCode = await run(process.argv.slice(2), cli)
