// starling tx: send, show, list.
import type { Command } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import { accountIdOf } from '../accounts.ts'
import { answer, type Cli } from '../context.ts'
import { bytes, count, plural, who } from '../format.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { pairs, table } from '../output.ts'
import { wholeNumber } from '../parse.ts'
import { findByPrefix } from '../prefix.ts'
import { askNodes, type ClientFlags, clientFlags, findTarget } from '../target.ts'
import { registerTxSend } from './tx-send.ts'

export function registerTx(program: Command, cli: Cli): void {
  const tx = program.command('tx').description('send and look up transactions')
  registerTxSend(tx, cli)

  const show = tx.command('show <id>').description('one transaction; the first digits of its id suffice')
  examples(clientFlags(show, { all: true }), 'tx show 4be1').action((id: string, flags: ClientFlags) =>
    showTransaction(cli, id, flags)
  )

  const list = tx
    .command('list')
    .description('the latest transactions, pending ones first')
    .option('--account <who>', 'only those that this account sent or received')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 1000), cliDefaults.listLimit)
  examples(clientFlags(list), 'tx list --account alice').action(
    (flags: ClientFlags & { account?: string; limit: number }) => listTransactions(cli, flags)
  )
}

async function showTransaction(cli: Cli, id: string, flags: ClientFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  const full = await findByPrefix('transaction', id, async (limit) =>
    (await target.node.client.transactions({ limit })).map((transaction) => transaction.id)
  )
  const found = await askNodes(cli, target, (client) => client.transaction(full))
  if (flags.all === true) {
    const columns = [{ title: 'node' }, { title: 'state' }, { title: 'block' }, { title: 'confirmations' }] as const
    const rows = found.map(({ node, state, block, confirmations }) => {
      return [node, state, block === undefined ? '' : `#${block.height}`, String(confirmations)]
    })
    return answer(cli, flags, found, () => table(columns, rows, cli.paint))
  }
  const item = await target.testnet?.item(full).catch(() => undefined)
  for (const { node: _node, ...transaction } of found) {
    const spread = item === undefined ? {} : { holders: item.holders, nodes: item.nodes }
    answer(cli, flags, { ...transaction, ...spread }, () => {
      const { block, amount, fee, nonce, data } = transaction
      const confirmed = `#${block?.height}, ${plural(transaction.confirmations, 'confirmation')}`
      const entries: [string, string][] = [
        ['id', transaction.id],
        ['from', named(transaction.sender, transaction.sender_name)],
        ['to', named(transaction.recipient, transaction.recipient_name)],
        ['amount', `${count(amount)}, fee ${count(fee)}, nonce ${nonce}`],
        ['size', `${bytes(transaction.bytes)}${data === '' ? '' : ` (${bytes(data.length / 2)} of data)`}`],
        ['state', block === undefined ? transaction.state : `${transaction.state} in ${confirmed}`]
      ]
      if (item !== undefined) entries.push(['held by', `${item.holders}/${item.nodes} nodes`])
      // Nobody announces to a node what came from it: 0 would say nothing.
      else if (transaction.announced_by > 0) entries.push(['announced by', plural(transaction.announced_by, 'peer')])
      return pairs(entries, cli.paint)
    })
  }
}

async function listTransactions(cli: Cli, flags: ClientFlags & { account?: string; limit: number }): Promise<void> {
  const account = flags.account === undefined ? undefined : await accountIdOf(flags.account)
  const { node } = await findTarget(cli, flags)
  const transactions = await node.client.transactions({ account, limit: flags.limit })
  const columns = [
    { title: 'id' },
    { title: 'from → to' },
    { title: 'amount', align: 'right' },
    { title: 'fee', align: 'right' },
    { title: 'nonce', align: 'right' },
    { title: 'block', align: 'right' }
  ] as const
  answer(cli, flags, transactions, () =>
    table(
      columns,
      transactions.map((t) => [
        shortHash(t.id, 8),
        `${who(t.sender, t.sender_name)} → ${who(t.recipient, t.recipient_name)}`,
        count(t.amount),
        count(t.fee),
        String(t.nonce),
        t.block === undefined ? 'pending' : `#${t.block.height}`
      ]),
      cli.paint
    )
  )
}

function named(address: string, name: string | undefined): string {
  return name === undefined ? address : `${name} (${address})`
}
