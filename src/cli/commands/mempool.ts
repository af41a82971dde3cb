// starling mempool: what waits for a block.
import type { Command } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import { answer, type Cli } from '../context.ts'
import { bytes, count, plural, who } from '../format.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { table } from '../output.ts'
import { wholeNumber } from '../parse.ts'
import { askNodes, type ClientFlags, clientFlags, findTarget } from '../target.ts'

interface MempoolFlags extends ClientFlags {
  readonly limit: number
}

export function registerMempool(program: Command, cli: Cli): void {
  const mempool = program
    .command('mempool')
    .description('transactions that wait for a block, highest fee first')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 1000), cliDefaults.listLimit)
  examples(clientFlags(mempool, { all: true }), 'mempool', 'mempool --all').action((flags: MempoolFlags) =>
    showMempool(cli, flags)
  )
}

async function showMempool(cli: Cli, flags: MempoolFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  const views = await askNodes(cli, target, (client) => client.mempool({ limit: flags.limit }))
  if (flags.all === true) {
    const columns = [
      { title: 'node' },
      { title: 'transactions', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: 'least fee', align: 'right' }
    ] as const
    const rows = views.map((view) => [view.node, count(view.count), bytes(view.bytes), count(view.min_fee)])
    return answer(cli, flags, views, () => table(columns, rows, cli.paint))
  }
  const columns = [
    { title: 'id' },
    { title: 'from → to' },
    { title: 'amount', align: 'right' },
    { title: 'fee', align: 'right' },
    { title: 'nonce', align: 'right' }
  ] as const
  for (const { node: _node, ...view } of views) {
    const rows = view.transactions.map((t) => [
      shortHash(t.id, 8),
      `${who(t.sender, t.sender_name)} → ${who(t.recipient, t.recipient_name)}`,
      count(t.amount),
      count(t.fee),
      String(t.nonce)
    ])
    const summary = `${plural(view.count, 'transaction')}, ${bytes(view.bytes)}, least fee ${view.min_fee}\n`
    answer(cli, flags, view, () => summary + (rows.length === 0 ? '' : table(columns, rows, cli.paint)))
  }
}
