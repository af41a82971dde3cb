#!/usr/bin/env node
// The launcher: small, and free of any syntax that an old Node could not read, so that its one check can run there.
import module from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `error: Starling needs Node 22.18 or newer, this is ${process.version}. In a checkout, npx starling brings its own.\n`
  )
  process.exitCode = 1
} else {
  module.enableCompileCache?.()
  await import('./main.ts')
}
