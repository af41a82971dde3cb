// Builds the dashboard's page: one script, one style, one HTML file, with nothing left to load from anywhere else.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { PageFiles } from '../src/api/index.ts'

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

/** The page from the source as it is now. */
export async function builtPage(): Promise<PageFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'starling-page-'))
  try {
    await buildDashboard(directory)
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
    return { html: read('dashboard.html'), script: read('dashboard.js'), style: read('dashboard.css') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
