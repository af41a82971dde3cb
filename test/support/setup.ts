// Loaded before every test file.
import { enableCompileCache } from 'node:module'

// An unhandled rejection is a bug of ours: fail loudly instead of printing a warning.
process.on('unhandledRejection', (reason) => {
  throw reason
})

// Tests start some two hundred workers and processes that load the same files: a quarter of their time, unless compiled once.
const { directory } = enableCompileCache()
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory
