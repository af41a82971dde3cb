// starling block: list, show.
import type { Command } from 'commander'
import type { BlockSummary, BlockView, NodeClient } from '../../api/client/index.ts'
import { cliDefaults } from '../../config/index.ts'
import { answer, answerLine, type Cli } from '../context.ts'
import { follow } from '../follow.ts'
import { bytes, count, plural, timeOfDay, who } from '../format.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { pairs, table } from '../output.ts'
import { wholeNumber } from '../parse.ts'
import { findByPrefix, PREFIX_DIGITS_MIN } from '../prefix.ts'
import { type ClientFlags, clientFlags, findTarget, type Target } from '../target.ts'

interface ListFlags extends ClientFlags {
  readonly limit: number
  readonly follow?: boolean
}

/** Longest run of digits that is a height and not the beginning of a hash: heights are 32 bits. */
const HEIGHT_DIGITS_MAX = 10

export function registerBlock(program: Command, cli: Cli): void {
  const block = program.command('block').description('blocks')

  const list = block
    .command('list')
    .description('the best chain, newest first')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1, 1000), cliDefaults.listLimit)
    .option('--follow', 'print blocks as they join the chain')
  examples(clientFlags(list), 'block list', 'block list --follow --json').action((flags: ListFlags) =>
    listBlocks(cli, flags)
  )

  const show = block.command('show <id>').description('one block by height, hash (or its first digits), or "head"')
  examples(clientFlags(show), 'block show head', 'block show 12').action((id: string, flags: ClientFlags) =>
    showBlock(cli, id, flags)
  )
}

async function listBlocks(cli: Cli, flags: ListFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  if (flags.follow === true) return followBlocks(cli, flags, target)
  const blocks = await target.node.client.blocks({ limit: flags.limit })
  const columns = [
    { title: 'height', align: 'right' },
    { title: 'hash' },
    { title: 'time' },
    { title: 'transactions', align: 'right' },
    { title: 'bytes', align: 'right' },
    { title: 'producer' }
  ] as const
  const rows = blocks.map((block) => [
    String(block.height),
    shortHash(block.hash),
    timeOfDay(block.time),
    count(block.transactions),
    bytes(block.bytes),
    `${shortHash(block.producer, 8)}…`
  ])
  answer(cli, flags, blocks, () => table(columns, rows, cli.paint))
}

async function followBlocks(cli: Cli, flags: ListFlags, target: Target): Promise<void> {
  const { client } = target.node
  for await (const { event } of follow(cli, target, target.node, ['imported'])) {
    const { included: _included, ...block } = await client.block(event.id)
    const summary: BlockSummary = { ...block, transactions: event.transactions.length }
    answerLine(cli, flags, summary, () => {
      const { height, hash, transactions, time } = summary
      return `${timeOfDay(time)}  #${height} ${shortHash(hash)}  ${count(transactions)} tx ${bytes(summary.bytes)}`
    })
  }
}

/** By "head", height, or the beginning of a hash; digits are a height where there is such a block. */
export async function findBlock(client: Pick<NodeClient, 'block' | 'blocks'>, id: string): Promise<BlockView> {
  const byHash = async (): Promise<BlockView> => {
    const latest = async (limit: number): Promise<string[]> => (await client.blocks({ limit })).map(({ hash }) => hash)
    const names = 'A block is named by its height, by "head", or by its hash (64 hex digits or the first few of them)'
    return client.block(await findByPrefix('block', id, latest, names))
  }
  const number = id.replace(/^#/, '')
  const isHeight = id === 'head' || (/^\d+$/.test(number) && number.length <= HEIGHT_DIGITS_MAX)
  if (!isHeight) return byHash()
  try {
    return await client.block(number)
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === 'not-found'
    if (!isMissing || !/^\d+$/.test(id) || id.length < PREFIX_DIGITS_MIN) throw error
    // A hash may begin with nothing but decimal digits.
    return byHash().catch(() => Promise.reject(error))
  }
}

async function showBlock(cli: Cli, id: string, flags: ClientFlags): Promise<void> {
  const { node } = await findTarget(cli, flags)
  const block = await findBlock(node.client, id)
  answer(cli, flags, block, () => {
    const columns = [
      { title: 'id' },
      { title: 'from → to' },
      { title: 'amount', align: 'right' },
      { title: 'fee', align: 'right' }
    ] as const
    const rows = block.included.map((t) => [
      shortHash(t.id, 8),
      `${who(t.sender, t.sender_name)} → ${who(t.recipient, t.recipient_name)}`,
      count(t.amount),
      count(t.fee)
    ])
    const head = pairs(
      [
        ['height', String(block.height)],
        ['hash', block.hash],
        ['parent', block.parent],
        ['time', timeOfDay(block.time)],
        ['producer', block.producer],
        ['size', `${plural(block.transactions, 'transaction')}, ${bytes(block.bytes)}`],
        ['confirmations', String(block.confirmations)]
      ],
      cli.paint
    )
    return rows.length === 0 ? head : `${head}\n${table(columns, rows, cli.paint)}`
  })
}
