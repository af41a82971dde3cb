// starling chain: export, import. Works on a data directory that no node has open.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Cli } from '../context.ts'
import { examples } from '../help.ts'
import type { ExportFlags, ImportFlags } from '../node/flags.ts'
import { wholeNumber } from '../parse.ts'

const HEIGHT_MAX = 0xffff_ffff

export function registerChain(program: Command, cli: Cli): void {
  const chain = program.command('chain').description('the chain of a data directory, to a file and from one')

  const exporting = chain
    .command('export <file>')
    .description('write the blocks of a data directory to a file; the node must not be running')
    .requiredOption('--data-dir <dir>', "the node's data directory")
    .option('--genesis <file>', 'its network, where the directory does not say')
    .option('--from <height>', 'first block (default 1)', wholeNumber('--from', 1, HEIGHT_MAX))
    .option('--to <height>', 'last block (default: the head)', wholeNumber('--to', 1, HEIGHT_MAX))
    .option('--force', 'replace the file if it exists')
    .option('--json', 'data and nothing else on stdout')
  examples(
    exporting,
    'chain export chain.starling --data-dir ./mynode',
    'chain export recent.starling --data-dir ./mynode --from 1000'
  ).action(async (file: string, flags: ExportFlags) => {
    const { exportToFile } = await import('../node/chain-files.ts')
    await exportToFile(cli, resolve(cli.cwd, file), { ...flags, dataDir: resolve(cli.cwd, flags.dataDir) })
  })

  const importing = chain
    .command('import <file>')
    .description('check the blocks of a file and add them to a data directory; continues where it was interrupted')
    .requiredOption('--data-dir <dir>', "the node's data directory; made if missing")
    .option('--genesis <file>', 'the network, for a new directory')
    .option('--json', 'data and nothing else on stdout')
  examples(importing, 'chain import chain.starling --data-dir ./mynode --genesis genesis.json').action(
    async (file: string, flags: ImportFlags) => {
      const { importFromFile } = await import('../node/chain-files.ts')
      await importFromFile(cli, resolve(cli.cwd, file), { ...flags, dataDir: resolve(cli.cwd, flags.dataDir) })
    }
  )
}
