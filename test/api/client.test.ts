import assert from 'node:assert/strict'
import { build } from 'esbuild'

describe('the API client', () => {
  it('runs in a browser: nothing of Node, no server, no schema library', async () => {
    // esbuild refuses what only Node has when it builds for a browser.
    const { outputFiles, metafile } = await build({
      entryPoints: ['src/api/client/index.ts'],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent'
    })
    const packages = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'))
    assert.ok(packages.length > 0)
    assert.ok(
      packages.every((path) => path.includes('node_modules/eventsource-parser/')),
      packages.join(' ')
    )
    const bytes = outputFiles[0]?.contents.length ?? 0
    assert.ok(bytes > 1000 && bytes < 50_000, `${bytes} bytes`)
  })
})
