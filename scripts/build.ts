// Builds what the package ships, into dist/:
//   starling.js, main.js, worker.js   the command line and the testnet's worker, bundled with their
//                                     dependencies (loading libp2p as hundreds of files costs 0.5 s of CPU)
//   dashboard/                        the dashboard's page: script, style, HTML
//   index.js                          the library, its dependencies left as imports
//   types/                            declarations
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'
import { buildDashboard } from './dashboard.ts'

const root = new URL('..', import.meta.url).pathname
const require = createRequire(import.meta.url)
const { version } = require('../package.json') as { version: string }
const versionOf = (name: string): string =>
  (require(`../node_modules/${name}/package.json`) as { version: string }).version

/** The commit that is built, with a mark when the tree differs from it; empty outside a git checkout. */
function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+changes')
  } catch {
    return ''
  }
}

// The first `npx starling` in a checkout links it for npx, and npm prepares what it links. A testnet may be running from
// what is there.
const { npm_command: command, npm_lifecycle_event: script } = process.env
if (command === 'exec' && script === 'prepare' && existsSync(`${root}dist/starling.js`)) process.exit()

rmSync(`${root}dist`, { recursive: true, force: true })

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  legalComments: 'linked',
  logLevel: 'warning',
  define: {
    STARLING_VERSION: JSON.stringify(version),
    STARLING_COMMIT: JSON.stringify(commit()),
    // What is bundled, not what lies beside the bundle.
    STARLING_DEPENDENCIES: JSON.stringify({
      libp2p: versionOf('libp2p'),
      gossipsub: versionOf('@chainsafe/libp2p-gossipsub')
    })
  }
} as const

await Promise.all([
  build({
    ...common,
    entryPoints: {
      starling: 'src/cli/starling.ts',
      main: 'src/cli/main.ts',
      worker: 'src/engine/tcp/worker.ts',
      simulation: 'src/engine/virtual/worker.ts'
    },
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    chunkNames: 'chunk-[hash]',
    // classic-level finds its native binding by its own place on disk.
    external: ['classic-level'],
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" }
  }),
  buildDashboard(`${root}dist/dashboard`),
  build({ ...common, entryPoints: { index: 'src/index.ts' }, packages: 'external' })
])

execFileSync(`${root}node_modules/.bin/tsc`, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
// Generated declarations are there already; tsc writes only those that it makes itself.
cpSync(`${root}src/wire/generated`, `${root}dist/types/wire/generated`, {
  recursive: true,
  filter: (file) => !file.endsWith('.js')
})
