// Builds the dashboard's page: one script, one style, one HTML file, with nothing left to load from anywhere else.
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname

export async function buildDashboard(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: { dashboard: 'src/dashboard/main.tsx' },
    loader: { '.css': 'css' },
    outdir: directory,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2024',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning'
  })
  await build({
    absWorkingDir: root,
    entryPoints: ['src/dashboard/style/index.css'],
    outfile: join(directory, 'dashboard.css'),
    bundle: true,
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning'
  })
  copyFileSync(join(root, 'src/dashboard/index.html'), join(directory, 'dashboard.html'))
}
