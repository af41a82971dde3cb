// The command line as a process: streams, signals of the pipe, exit code. The launcher (starling.ts) imports it.
import { realClock, realEntropy, realTimers } from '../runtime/index.ts'
import { createCli } from './context.ts'
import type { Sink } from './output.ts'
import { run } from './program.ts'

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // `starling block list | head -1` closes the pipe early: nobody wants to hear of it.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    write: (text) => void stream.write(text),
    terminal: stream.isTTY === true,
    width: stream.columns ?? 80
  }
}

const cli = createCli({
  env: process.env,
  cwd: process.cwd(),
  out: sinkOf(process.stdout),
  err: sinkOf(process.stderr),
  clock: realClock(),
  timers: realTimers,
  entropy: realEntropy
})

// Not process.exit(): what is still on its way to a pipe would be lost. Every command leaves nothing open.
process.exitCode = await run(process.argv.slice(2), cli)
