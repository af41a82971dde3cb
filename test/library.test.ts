// The README's library example, as a user would run it: against what the package ships, by its own name.
import { equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A look-up of services, as a developer would write it. */
const SERVICES = `
import { createNode, findServices, type Genesis, type MemberInfo } from 'starling-node'

export async function indexers(genesis: Genesis, bootstrap: string): Promise<readonly MemberInfo[]> {
  const node = await createNode({ genesis, bootstrap: [bootstrap] })
  await node.start()
  node.events.subscribe((event) => {
    if (event.type === 'member') console.log(event.change, event.peer)
  })
  return findServices(node, { service: 'index' })
}
`

const root = fileURLToPath(new URL('../', import.meta.url))

describe('the library', () => {
  it('does what the README’s example says', async () => {
    const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8'))?.[1] ?? ''
    match(example, /from 'starling-node'/)
    const directory = mkdtempSync(join(tmpdir(), 'starling-library-'))
    // Inside the package, so that its own name resolves to what it ships.
    const file = join(root, 'dist', 'readme-example.ts')
    writeFileSync(file, example)
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file, join(directory, 'run')], {
        timeout: 60_000
      })
      match(stdout, /n\d has block 3, by gossip/)
      match(stdout, /every block reached every node: true/)
      ok(existsSync(join(directory, 'run', 'report.html')))
    } finally {
      rmSync(file, { force: true })
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('ships declarations that hold by themselves, whoever compiles against them', async () => {
    const file = join(root, 'dist', 'services-example.ts')
    writeFileSync(file, SERVICES)
    const flags = '--ignoreConfig --noEmit --strict --target es2024 --module nodenext --types node'.split(' ')
    try {
      const complaints = await promisify(execFile)(join(root, 'node_modules', '.bin', 'tsc'), [...flags, file], {
        cwd: root
      }).then(
        () => '',
        ({ stdout, message }: { stdout: string; message: string }) => stdout || message
      )
      equal(complaints, '')
    } finally {
      rmSync(file, { force: true })
    }
  })
})
