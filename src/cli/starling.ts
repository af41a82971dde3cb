#!/usr/bin/env node
// The launcher: small, and free of any syntax that an old Node could not read, so that its one check can run there. On
// a Node too old it hands over to the pinned one of the checkout, wherever it was called from.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache?.()
  await import('./main.ts')
} else {
  const pinned = pinnedNode()
  if (pinned === undefined) {
    process.stderr.write(
      `error: Starling needs Node 22.18 or newer, this is ${process.version}. In a checkout, npm ci brings its own.\n`
    )
    process.exitCode = 1
  } else {
    handOver(pinned)
  }
}

/** The Node that `npm ci` put beside the bundle in dist/, or beside the source; never the one that runs this. */
function pinnedNode(): string | undefined {
  return ['../node_modules/node/bin/node', '../../node_modules/node/bin/node']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path) && realpathSync(path) !== realpathSync(process.execPath))
}

/** Same arguments, streams, signals and end. */
function handOver(node: string): void {
  // A terminal sends its signals to both; what was meant for this process alone is passed on. Listened for before there is
  // a child: a signal in between would end this process and leave the child to nobody.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, pass)
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  child.once('error', (error) => {
    process.stderr.write(`error: The pinned Node can't be started: ${error.message}. Try npm ci again.\n`)
    process.exitCode = 1
  })
  child.once('exit', (code, signal) => {
    for (const passed of signals) process.off(passed, pass)
    if (signal === null) process.exitCode = code ?? 1
    else endBy(signal)
  })
}

/** Ends as the child did; a signal that spares this process still gives the exit code that shells give it. */
function endBy(signal: NodeJS.Signals): void {
  process.exitCode = 128 + constants.signals[signal]
  process.kill(process.pid, signal)
}
