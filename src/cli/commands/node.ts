// starling node: one node of its own, on its own disk.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { nodeDefaults } from '../../config/index.ts'
import type { Cli } from '../context.ts'
import { examples } from '../help.ts'
import type { NodeFlags } from '../node/flags.ts'
import { gather, hostAndPort, multiaddress } from '../parse.ts'

const DIALABLE = true

export function registerNode(program: Command, cli: Cli): void {
  const node = program
    .command('node')
    .description('run one node; where a testnet runs, it needs no more than a directory to join it')
    .requiredOption('--data-dir <dir>', 'where blocks, state and the key are kept; made if missing')
    .option('--genesis <file>', 'the network to join (kept in the data directory from then on)')
    .option('--listen <multiaddr>', 'where peers reach it; may be repeated', (text: string, before?: string[]) =>
      gather(multiaddress('--listen', text), before)
    )
    .option(
      '--bootstrap <multiaddr>',
      'a peer to connect to; may be repeated (default: the testnet that runs here)',
      (text: string, before?: string[]) => gather(multiaddress('--bootstrap', text, DIALABLE), before)
    )
    .option(
      '--api <host:port>',
      'HTTP API; off loopback it demands STARLING_TOKEN (default 127.0.0.1:7070 if free)',
      hostAndPort
    )
    .option('--mine', 'produce blocks; where only authorities do, the data directory needs the key of one')
    .addOption(
      new Option('--relay <how>', 'how blocks travel, as in a testnet')
        .choices(['compact', 'full', 'rounds'])
        .default(nodeDefaults.relay)
    )
    .option('--check', 'verify everything that is stored, offline, and end: exit code 1 when it is damaged')
    .addOption(
      new Option('--log-level <level>', 'what to log on stderr')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn')
    )
    .option('--json', 'print where it listens, or what the check found, as JSON')
  examples(
    node,
    'node --data-dir ./mynode',
    'node --data-dir ./mynode --genesis genesis.json --bootstrap /ip4/127.0.0.1/tcp/4001/p2p/12D3KooW…',
    'node --data-dir ./mynode --genesis genesis.json --mine --api 127.0.0.1:0',
    'node --data-dir ./mynode --check'
  ).action(async (given: NodeFlags) => {
    const flags = { ...given, dataDir: resolve(cli.cwd, given.dataDir) }
    if (flags.check === true) {
      const { checkDirectory } = await import('../node/check.ts')
      await checkDirectory(cli, flags)
      return
    }
    const { runNode } = await import('../node/run.ts')
    await runNode(cli, flags)
  })
}
