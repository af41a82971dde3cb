// starling account: show, list.
import type { Command } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import { accountIdOf } from '../accounts.ts'
import { answer, type Cli } from '../context.ts'
import { count } from '../format.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { pairs, table } from '../output.ts'
import { wholeNumber } from '../parse.ts'
import { askNodes, type ClientFlags, clientFlags, findTarget } from '../target.ts'

export function registerAccount(program: Command, cli: Cli): void {
  const account = program.command('account').description('balances')

  const show = account.command('show <who>').description('one account: development name or address')
  examples(clientFlags(show, { all: true }), 'account show bob', 'account show bob --all --json').action(
    (who: string, flags: ClientFlags) => showAccount(cli, who, flags)
  )

  const list = account
    .command('list')
    .description('accounts, richest first')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 1000), cliDefaults.listLimit)
  examples(clientFlags(list), 'account list').action((flags: ClientFlags & { limit: number }) =>
    listAccounts(cli, flags)
  )
}

async function showAccount(cli: Cli, who: string, flags: ClientFlags): Promise<void> {
  const address = await accountIdOf(who)
  const views = await askNodes(cli, await findTarget(cli, flags), (client) => client.account(address))
  if (flags.all === true) {
    const columns = [
      { title: 'node' },
      { title: 'balance', align: 'right' },
      { title: 'available', align: 'right' },
      { title: 'next nonce', align: 'right' }
    ] as const
    const rows = views.map((view) => {
      return [view.node, count(view.balance), count(view.available), String(view.next_nonce)]
    })
    return answer(cli, flags, views, () => table(columns, rows, cli.paint))
  }
  for (const { node: _node, ...view } of views) {
    answer(cli, flags, view, () =>
      pairs(
        [
          ...(view.name === undefined ? [] : [['name', view.name] as const]),
          ['address', view.address],
          ['balance', count(view.balance)],
          ['available', count(view.available)],
          ['next nonce', String(view.next_nonce)]
        ],
        cli.paint
      )
    )
  }
}

async function listAccounts(cli: Cli, flags: ClientFlags & { limit: number }): Promise<void> {
  const { node } = await findTarget(cli, flags)
  const accounts = await node.client.accounts({ limit: flags.limit })
  const columns = [
    { title: 'account' },
    { title: 'balance', align: 'right' },
    { title: 'nonce', align: 'right' },
    { title: 'address' }
  ] as const
  const rows = accounts.map(({ address, name, balance, nonce }) => {
    return [name ?? `${shortHash(address, 8)}…`, count(balance), String(nonce), address]
  })
  answer(cli, flags, accounts, () => table(columns, rows, cli.paint))
}
