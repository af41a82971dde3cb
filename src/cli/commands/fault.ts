// starling fault …: cause faults by hand in a testnet that runs.
import type { Command } from 'commander'
import type { FaultOrder, TestnetClient } from '../../api/client/index.ts'
import { answer, type Cli } from '../context.ts'
import { usageError } from '../errors.ts'
import { examples } from '../help.ts'
import { durationOf } from '../parse.ts'
import { type ClientFlags, clientFlags, findTarget } from '../target.ts'

interface FaultFlags extends ClientFlags {
  readonly for?: string
  readonly latency?: string
  readonly bandwidth?: string
  readonly loss?: string
}

/** Kinds that take nodes and nothing else but, where it makes sense, a time after which they are undone. */
const NODE_FAULTS = [
  { kind: 'crash', about: 'kill nodes as kill -9 does', undone: 'started again' },
  { kind: 'stop', about: 'end nodes in good order', undone: 'started again' },
  { kind: 'start', about: 'start nodes that are down, with their key, data and ports' },
  { kind: 'restart', about: 'crash nodes and start them at once' },
  { kind: 'wipe', about: 'crash nodes, lose their data but not their key, start them again', undone: 'started only' },
  { kind: 'pause', about: 'let processes stand still as SIGSTOP does; connections stay open', undone: 'resumed' },
  { kind: 'resume', about: 'let paused nodes go on' },
  { kind: 'cut', about: 'close every connection of nodes; they may connect again' },
  { kind: 'restore', about: 'end what slow did' }
] as const

export function registerFault(program: Command, cli: Cli): void {
  const fault = program.command('fault').description('cause faults by hand in the testnet that runs here')

  for (const { kind, about, ...more } of NODE_FAULTS) {
    const command = fault.command(kind).description(about).argument('<nodes...>', NODES)
    if ('undone' in more) command.option('--for <time>', `${more.undone} after so long`)
    examples(clientFlags(command, { node: false }), `fault ${kind} n3`).action((words: string[], flags: FaultFlags) =>
      cause(cli, flags, async (names) => ({ kind, nodes: nodesOf(words, names), ...(await undoneAfter(flags)) }))
    )
  }

  const partition = fault
    .command('partition')
    .description('let what crosses between groups of nodes vanish; connections last for 15 s')
    .argument('<groups...>', 'n1,n2 / n3,n4 or n1,n2 (against all others), or half')
    .option('--for <time>', 'healed after so long')
  examples(
    clientFlags(partition, { node: false }),
    'fault partition half --for 10s',
    'fault partition n1,n2 / n3'
  ).action((words: string[], flags: FaultFlags) =>
    cause(cli, flags, async (names) => ({
      kind: 'partition',
      groups: groupsOf(words, names),
      ...(await undoneAfter(flags))
    }))
  )

  const heal = fault.command('heal').description('end the partition')
  examples(clientFlags(heal, { node: false }), 'fault heal').action((flags: FaultFlags) =>
    cause(cli, flags, async () => ({ kind: 'heal' }))
  )

  const slow = fault
    .command('slow')
    .description('make every link of nodes slower, narrower or lossy')
    .argument('<nodes...>', NODES)
    .option('--latency <time>', 'added to the one-way delay, in both directions')
    .option('--bandwidth <rate>', 'limit of their access line, such as 5Mbit')
    .option('--loss <share>', 'share of packets lost, like 0.02 or 2%, at most half')
    .option('--for <time>', 'restored after so long')
  examples(clientFlags(slow, { node: false }), 'fault slow n3 --latency 200ms --bandwidth 1Mbit').action(
    (words: string[], flags: FaultFlags) => cause(cli, flags, (names) => slowness(words, flags, names))
  )
}

const NODES = 'such as n3 n4, or all'

async function cause(
  cli: Cli,
  flags: FaultFlags,
  order: (names: readonly string[]) => Promise<FaultOrder>
): Promise<void> {
  const { testnet } = await findTarget(cli, flags)
  if (testnet === undefined) throw usageError('Faults are caused by a testnet’s controller, and this is a single node.')
  const names = await namesOf(testnet)
  const ordered = await order(names)
  const done = await testnet.fault(ordered)
  answer(cli, flags, done, () => {
    const left = leftOut(ordered, done.nodes)
    const nothing = left.length > 0 ? 'nothing to do' : 'nothing to do: see npx starling status --all'
    const what = done.nodes.length === 0 ? nothing : whom(ordered, done.nodes, names)
    const notes = [...left, ...done.notes].map((note) => `${cli.paint('yellow', '⚠')} ${note}\n`).join('')
    const lasting = done.nodes.length > 0 && flags.for !== undefined ? `  for ${flags.for}` : ''
    return `${done.kind}  ${what}${lasting}\n${notes}`
  })
}

/** `n1 n2`; of a partition `n1 n2 | n3 | the others`. */
function whom(order: FaultOrder, nodes: readonly string[], names: readonly string[]): string {
  if (order.kind !== 'partition') return nodes.join(' ')
  const others = order.groups.flat().length < names.length ? ['the others'] : []
  return [...order.groups.map((group) => group.join(' ')), ...others].join(' | ')
}

/** Why nodes that were named are not among those that it happened to, where the kind of fault says it. */
function leftOut(order: FaultOrder, done: readonly string[]): string[] {
  if (order.kind !== 'crash' && order.kind !== 'stop' && order.kind !== 'start') return []
  const state = order.kind === 'start' ? 'up' : 'down'
  return order.nodes.filter((name) => !done.includes(name)).map((name) => `${name} is already ${state}`)
}

async function namesOf(testnet: TestnetClient): Promise<string[]> {
  return (await testnet.view()).nodes.map(({ name }) => name)
}

async function undoneAfter(flags: FaultFlags): Promise<{ for_ms?: number }> {
  return flags.for === undefined ? {} : { for_ms: await durationOf('--for', flags.for) }
}

/** `n1,n2 n3` → three names. The controller judges them. */
function nodesOf(words: readonly string[], names: readonly string[]): string[] {
  const listed = words.flatMap((word) => word.split(',')).filter((word) => word !== '')
  if (listed.includes('all')) return [...names]
  if (listed.length === 0) throw usageError('No node is named.', `This testnet has: ${names.join(' ')}`)
  return [...new Set(listed)]
}

/** Groups are parted by a slash; `half` is the first half of the nodes against the rest. */
function groupsOf(words: readonly string[], names: readonly string[]): string[][] {
  const text = words.join(' ')
  if (text.trim() === 'half') return [names.slice(0, Math.ceil(names.length / 2))]
  if (words.length > 1 && !text.includes('/') && words.some((word) => /\w,\w/.test(word))) {
    throw usageError('Which groups? A slash parts them.', `Two groups: ${words.join(' / ')}   One: ${words.join(',')}`)
  }
  const groups = text.split('/').map((group) => group.split(/[\s,]+/).filter((word) => word !== ''))
  if (groups.some((group) => group.length === 0)) {
    throw usageError('A group is empty.', 'Groups look like: n1,n2 / n3,n4')
  }
  const seen = new Set<string>()
  for (const name of groups.flat()) {
    if (seen.has(name)) throw usageError(`${name} is in two groups.`)
    seen.add(name)
  }
  return groups
}

async function slowness(words: readonly string[], flags: FaultFlags, names: readonly string[]): Promise<FaultOrder> {
  const { meantRate, parseBitRate, parseShare } = await import('../../scenario/index.ts')
  const { latency, bandwidth, loss } = flags
  if (latency === undefined && bandwidth === undefined && loss === undefined) {
    throw usageError('Slow in what? Give --latency, --bandwidth or --loss.')
  }
  const rate = bandwidth === undefined ? undefined : parseBitRate(bandwidth)
  if (bandwidth !== undefined && rate === undefined) {
    throw usageError(
      `--bandwidth is a rate like 5Mbit, 1Gbit or 800kbit, not "${bandwidth}"${meantRate(bandwidth) || '.'}`
    )
  }
  const share = loss === undefined ? 0 : (parseShare(loss) ?? Number.NaN)
  if (!(share <= 0.5)) throw usageError(`--loss is a share from 0 to 0.5, or 50%, not "${loss}".`)
  return {
    kind: 'slow',
    nodes: nodesOf(words, names),
    latency_ms: latency === undefined ? 0 : await durationOf('--latency', latency),
    loss: share,
    ...(rate === undefined ? {} : { bandwidth_bps: rate }),
    ...(await undoneAfter(flags))
  }
}
