// starling watch: a running testnet in this terminal.
import type { Command } from 'commander'
import type { Cli } from '../context.ts'
import { usageError } from '../errors.ts'
import { examples } from '../help.ts'
import { type ClientFlags, clientFlags, findTarget } from '../target.ts'

export function registerWatch(program: Command, cli: Cli): void {
  const watch = program
    .command('watch')
    .description(
      'watch a running testnet here: nodes, agreement, mempool, the last blocks; lines where this is no terminal'
    )
  examples(clientFlags(watch, { node: false, lines: 'one object per line' }), 'watch', 'watch --json').action(
    (flags: ClientFlags) => show(cli, flags)
  )
}

async function show(cli: Cli, flags: ClientFlags): Promise<void> {
  const { testnet } = await findTarget(cli, flags)
  if (testnet === undefined) {
    throw usageError('watch shows a testnet, and this is a single node.', 'For a node: npx starling status --follow')
  }
  const { watchAsLines, watchOnScreen } = await import('../watch/watch.ts')
  const isScreen = cli.out.terminal && cli.env.TERM !== 'dumb'
  if (cli.terminal === undefined || flags.json === true || !isScreen) return watchAsLines(cli, testnet, flags)
  return watchOnScreen(cli, testnet, cli.terminal)
}
