// starling members, members tag, leave: who is there as a node sees it, and what this node says of itself.
import type { Command } from 'commander'
import type { MemberView } from '../../api/client/index.ts'
import { answer, answerLine, type Cli } from '../context.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { follow } from '../follow.ts'
import { duration, plural, timeOfDay } from '../format.ts'
import { examples } from '../help.ts'
import { table } from '../output.ts'
import { askNodes, type ClientFlags, clientFlags, findTarget, type Target } from '../target.ts'

interface MembersFlags extends ClientFlags {
  readonly tag?: readonly string[]
  readonly state?: string
  readonly follow?: boolean
}

const STATES = ['alive', 'suspect', 'down', 'left'] as const
type State = (typeof STATES)[number]

export function registerMembers(program: Command, cli: Cli): void {
  const members = program
    .command('members')
    .description('who is in the network, how they are, and what they offer, as a node sees it')
    .option('--tag <name=value>', 'only those with this tag or role; may be repeated', gather)
    .option('--state <state>', 'only those who are alive, suspect, down or left')
    .option('--follow', 'print who joins, is suspected, is down, is back or leaves, as it happens')
  examples(
    clientFlags(members, { all: true }),
    'members --tag role=miner',
    'members --state alive --json',
    'members --all --state down',
    'members --follow'
  ).action((flags: MembersFlags) => listMembers(cli, flags))
  const tag = members
    .command('tag <change...>')
    .description('set tags of the node, name=value each, or remove them by name=')
  examples(clientFlags(tag), 'members tag zone=eu-1', 'members tag zone= --node n3').action(
    (changes: string[], _flags: ClientFlags, command: Command) => setTags(cli, command.optsWithGlobals(), changes)
  )
}

export function registerLeave(program: Command, cli: Cli): void {
  const leave = program
    .command('leave')
    .description('have a node say goodbye to all members; it goes on following the chain')
  examples(clientFlags(leave), 'leave --node n3').action((flags: ClientFlags) => leaveMembers(cli, flags))
}

function gather(value: string, before: readonly string[] = []): string[] {
  split(value)
  return [...before, value]
}

type Tag = readonly [name: string, value: string]

/** `name=value`; the value may be empty. */
function split(text: string): Tag {
  const at = text.indexOf('=')
  if (at < 1) throw usageError(`A tag is name=value, such as role=miner, not "${text}".`)
  return [text.slice(0, at), text.slice(at + 1)]
}

async function listMembers(cli: Cli, flags: MembersFlags): Promise<void> {
  const { state } = flags
  if (state !== undefined && !isState(state)) {
    throw usageError(`--state is one of ${STATES.join(', ')}, not "${state}".`)
  }
  const target = await findTarget(cli, flags)
  const wanted = (flags.tag ?? []).map(split)
  if (flags.follow === true) return followMembers(cli, flags, target, wanted)
  const answers = await askNodes(cli, target, async (client) => ({
    found: await client.members({ state, tag: flags.tag?.[0] })
  }))
  const members = answers.flatMap(({ node, found }) =>
    found
      .filter((member) => offers(member, wanted))
      .map((member) => ({ node, name: target.nameOf(member.peer), ...member }))
      .sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name, 'en', { numeric: true }))
  )
  const isAll = flags.all === true
  const columns = [
    ...(isAll ? [{ title: 'node' }] : []),
    { title: 'member' },
    { title: 'state' },
    { title: 'phi', align: 'right' },
    { title: 'heard', align: 'right' },
    { title: 'height', align: 'right' },
    { title: 'role' },
    { title: 'tags' },
    { title: 'address' }
  ] as const
  const data = isAll ? members : members.map(({ node: _node, ...member }) => member)
  answer(cli, flags, data, () => {
    const rows = members.map((member) => [
      ...(isAll ? [member.node] : []),
      member.self ? `${member.name} (self)` : member.name,
      cli.paint(COLOUR[member.state], member.state),
      member.phi.toFixed(1),
      member.self ? '' : duration(member.heartbeat_age_s * 1000),
      `#${member.height}`,
      member.role,
      tagsText(member.tags),
      member.addresses[0] ?? ''
    ])
    const count = isAll
      ? `${plural(members.length, 'view')} of ${plural(answers.length, 'node')}`
      : plural(members.length, 'member')
    return `${table(columns, rows, cli.paint)}${count}\n`
  })
}

const COLOUR = { alive: 'green', suspect: 'yellow', down: 'red', left: 'dim' } as const

function isState(text: string): text is State {
  return STATES.some((state) => state === text)
}

function tagsText(tags: MemberView['tags']): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function offers({ role, tags }: MemberView, wanted: readonly Tag[]): boolean {
  return wanted.every(([name, value]) => tags[name] === value || (name === 'role' && role === value))
}

/** The state that a change leads to; whoever is forgotten has none. */
const STATE_AFTER = {
  joined: 'alive',
  back: 'alive',
  suspected: 'suspect',
  down: 'down',
  left: 'left',
  forgotten: undefined
} as const

async function followMembers(cli: Cli, flags: MembersFlags, target: Target, wanted: readonly Tag[]): Promise<void> {
  const scope = flags.all === true ? 'all' : target.node
  for await (const { node, event } of follow(cli, target, scope, ['member'])) {
    const { change, peer, at } = event
    if (flags.state !== undefined && STATE_AFTER[change] !== flags.state) continue
    if (wanted.length > 0) {
      // Tags are no part of the event: what the node knows of this member now.
      const { client } = target.nodes.find(({ name }) => name === node) ?? target.node
      const member = (await ifThere(client.members({}))).find((each) => each.peer === peer)
      if (member === undefined || !offers(member, wanted)) continue
    }
    const name = target.nameOf(peer)
    answerLine(cli, flags, { node, name, ...event }, () => `${timeOfDay(at)}  ${node} ${name} ${change}`)
  }
}

/** Nothing from a node that is gone by now: with --all the others go on. */
function ifThere(members: Promise<MemberView[]>): Promise<MemberView[]> {
  return members.catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'unreachable') return []
    throw error
  })
}

async function setTags(cli: Cli, flags: MembersFlags, changes: readonly string[]): Promise<void> {
  if (flags.all === true) throw usageError('Tags are set at one node at a time: name it by --node.')
  const listing = (['tag', 'state', 'follow'] as const).find((flag) => flags[flag] !== undefined)
  if (listing !== undefined) throw usageError(`--${listing} is for listing members: members tag only sets tags.`)
  const entries = changes.map(split).map(([name, value]) => [name, value === '' ? null : value] as const)
  const target = await findTarget(cli, flags)
  const { tags } = await target.node.client.tag(Object.fromEntries(entries)).catch((error: unknown) => {
    throw asTyped(error)
  })
  answer(cli, flags, { node: target.node.name, tags }, () => `${target.node.name}  ${tagsText(tags) || 'no tags'}\n`)
}

/** Tags that a profile can't hold are a mistake in what was typed; anything else stays as it is. */
function asTyped(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  if (code !== 'oversize' && code !== 'bad-text') return error
  return new CliError(code, String(message), { exitCode: EXIT.usage, cause: error })
}

async function leaveMembers(cli: Cli, flags: ClientFlags): Promise<void> {
  const target = await findTarget(cli, flags)
  await target.node.client.leave()
  const { name } = target.node
  answer(
    cli,
    flags,
    { node: name, left: true },
    () => `${name} has said goodbye. It goes on following the chain, and joins again with its next start.\n`
  )
}
