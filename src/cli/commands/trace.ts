// starling trace: what nodes recorded in a run, from its trace files.
import { existsSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { MergedRecord, TracedEvent, TracedEventType, TraceEnd } from '../../trace/index.ts'
import { answerLine, type Cli, type JsonOption, remark } from '../context.ts'
import { CliError, usageError } from '../errors.ts'
import { bytes, count, duration, plural, shortPeer } from '../format.ts'
import { examples } from '../help.ts'
import { abbreviate } from '../parse.ts'
import { beginsWith } from '../prefix.ts'
import { shortHash } from '../../report/index.ts'
import { findHome, listRuns } from '../runs.ts'
import { liveNote } from '../target.ts'

interface TraceFlags extends JsonOption {
  readonly node?: readonly string[]
  readonly kind?: readonly TracedEventType[]
  /** Lower-case hex. */
  readonly id?: string
}

const KINDS: readonly TracedEventType[] = [
  'published',
  'heard',
  'duplicate',
  'delivered',
  'validated',
  'rebuilt',
  'imported',
  'rejected',
  'head',
  'peer',
  'banned',
  'member',
  'mesh',
  'request',
  'sync',
  'node',
  'other'
]

const NS_PER_SECOND = 1e9

export function registerTrace(program: Command, cli: Cli): void {
  const trace = program
    .command('trace [dir]')
    .description('what nodes recorded, by time; without DIR, of the newest run with a trace')
    .option('--node <names>', 'only these nodes: n3, or n3,n7', gatherWords)
    .option('--kind <kinds>', 'only these events: delivered, or heard,delivered,…', gatherKinds)
    .option('--id <hex>', 'only what is about one block or transaction: the first digits of its hash', hexPrefix)
    .option('--json', 'one JSON object per line, and nothing else on stdout')
  examples(trace, 'trace --kind published,delivered', 'trace .starling/runs/latest --node n3 --json').action(
    (directory: string | undefined, flags: TraceFlags) => showTrace(cli, directory, flags)
  )
}

function gatherWords(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').filter((word) => word !== '')]
}

function gatherKinds(text: string, before: readonly string[] = []): string[] {
  const words = gatherWords(text, before)
  const unknown = words.find((word) => !KINDS.includes(word as TracedEventType))
  if (unknown !== undefined) throw usageError(`--kind is one of ${KINDS.join(', ')}, not "${unknown}".`)
  return words
}

function hexPrefix(text: string): string {
  const digits = text.toLowerCase().replace(/^0x/, '')
  if (/^[0-9a-f]{1,64}$/.test(digits)) return digits
  throw usageError(`--id is the first hex digits of a hash, not "${abbreviate(text)}".`)
}

/** Whether an event is about the item whose hash begins so: by its own hash, or a transaction by its block's. */
function isAbout(event: TracedEvent, prefix: string): boolean {
  const hashes = [
    'id' in event ? event.id : undefined,
    'hash' in event ? event.hash : undefined,
    'block' in event ? event.block : undefined
  ]
  return hashes.some((hash) => hash !== undefined && beginsWith(hash, prefix))
}

async function showTrace(cli: Cli, given: string | undefined, flags: TraceFlags): Promise<void> {
  const { MergedTrace, traceFiles } = await import('../../trace/index.ts')
  const path = given === undefined ? newestTrace(cli) : resolve(cli.cwd, given)
  const files = await filesOf(path, traceFiles)
  if (files.length === 0) throw noTrace(cli, path)
  const damaged: string[] = []
  const onEnd = (file: string, { state, records }: TraceEnd): void => {
    const after = `after ${plural(records, 'record')}`
    if (state === 'torn') {
      remark(cli, `${basename(file)} ends early, ${after}: it is still being written, or its node was killed.`)
    }
    if (state === 'damaged') damaged.push(`${basename(file)} is damaged ${after}`)
  }
  const merged = new MergedTrace(files, { onEnd, ...(flags.node === undefined ? {} : { nodes: new Set(flags.node) }) })
  const kinds = flags.kind === undefined ? undefined : new Set(flags.kind)
  const nameOf = (peer: string): string => merged.names.get(peer) ?? shortPeer(peer)
  let start: bigint | undefined
  for await (const record of merged.records()) {
    start ??= record.ns
    if (kinds?.has(record.event.type) === false) continue
    const { node, ns, event } = record
    if (flags.id !== undefined && !isAbout(event, flags.id)) continue
    answerLine(cli, flags, { node, ns: ns.toString(), ...event }, () => lineOf(record, ns - (start ?? ns), nameOf))
  }
  if (flags.node !== undefined) requireNodes(flags.node, merged.names)
  if (damaged.length > 0) throw new CliError('damaged-trace', `${damaged.join('; ')}.`)
}

/** The trace files of a run directory, of a directory of trace files, or the one file that is named. */
async function filesOf(path: string, traceFiles: (directory: string) => Promise<string[]>): Promise<string[]> {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  const inside = join(path, 'traces')
  return traceFiles(existsSync(inside) ? inside : path)
}

function newestTrace(cli: Cli): string {
  const home = findHome(cli.cwd)
  const runs = home === undefined ? [] : listRuns(home, liveNote(cli))
  const newest = runs.findLast(({ directory }) => existsSync(join(directory, 'traces')))
  if (newest !== undefined) return newest.directory
  throw new CliError('no-trace', 'There is no run with a trace here yet.', {
    hint: 'Make one: npx starling testnet --duration 30s, or npx starling sim --trace on'
  })
}

function noTrace(cli: Cli, path: string): CliError {
  const shown = relative(cli.cwd, path)
  return new CliError('no-trace', `${shown === '' ? path : shown} holds no trace.`, {
    hint: 'Simulations record one with --trace on, testnets unless told --trace off.'
  })
}

/** Throws when a node that was asked for is none: nothing printed must not look like nothing happened. */
function requireNodes(wanted: readonly string[], names: ReadonlyMap<string, string>): void {
  const known = new Set([...names.keys(), ...names.values()])
  const missing = wanted.filter((node) => !known.has(node))
  if (missing.length > 0) throw new CliError('no-node', `This trace has no node ${missing.join(', ')}.`)
}

/** `   1.234567  n3   delivered  block #4 3fa21c from n7 by gossip`; times in seconds since the first record. */
function lineOf({ node, event }: MergedRecord, sinceNs: bigint, nameOf: (peer: string) => string): string {
  const time = (Number(sinceNs) / NS_PER_SECOND).toFixed(6).padStart(12)
  return `${time}  ${node.padEnd(5)} ${wordOf(event).padEnd(9)}  ${textOf(event, nameOf)}`
}

function wordOf(event: TracedEvent): string {
  if (event.type === 'mesh') return event.change
  if (event.type === 'peer') return event.state === 'connected' ? 'connect' : 'disconn'
  return event.type
}

function item(kind: string, id: string | undefined, height?: number): string {
  const number = height === undefined ? '' : ` #${count(height)}`
  return `${kind === 'transaction' ? 'tx' : kind}${number}${id === undefined ? '' : ` ${shortHash(id)}`}`
}

function textOf(event: TracedEvent, nameOf: (peer: string) => string): string {
  switch (event.type) {
    case 'published': {
      const inside = event.transactions === undefined ? '' : `, ${event.transactions} tx`
      return `${item(event.kind, event.id, event.height)}, ${bytes(event.bytes)}${inside}`
    }
    case 'heard':
    case 'duplicate':
      return `${item(event.kind, event.id)} from ${nameOf(event.from)}`
    case 'delivered': {
      const from = event.from === undefined ? '' : ` from ${nameOf(event.from)}`
      const inside = event.block === undefined ? '' : ` in block ${shortHash(event.block)}`
      return `${item(event.kind, event.id, event.height)}${from} by ${event.via}${inside}`
    }
    case 'validated': {
      const what = event.kind === 'block' ? `${item('block', event.id)}, ` : ''
      return `${what}${event.transactions} tx in ${duration(event.durationMs)}`
    }
    case 'imported':
      return `${item('block', event.id, event.height)}, ${event.transactions} tx`
    case 'rejected': {
      const from = event.from === undefined ? '' : ` from ${nameOf(event.from)}`
      return `${item(event.kind, event.id)}${from}: ${event.code}`
    }
    case 'head': {
      const abandoned = event.abandoned === 0 ? '' : `, ${plural(event.abandoned, 'block')} abandoned`
      return `${item('block', event.hash, event.height)}${abandoned}`
    }
    case 'peer':
      return nameOf(event.peer)
    case 'rebuilt': {
      const how = event.full ? ', fetched whole' : event.hedged ? ', asked of several' : ''
      return `${item('block', event.id)}, ${event.missing} of ${event.transactions} tx missing${how}`
    }
    case 'banned':
      return `${nameOf(event.peer)} for ${duration(event.until - event.at)}: ${event.reason}`
    case 'member':
      return `${nameOf(event.peer)} ${event.change}`
    case 'mesh':
      return `${nameOf(event.peer)} for ${event.topic}s`
    case 'request': {
      const failure = event.code === undefined ? '' : `: ${event.code}`
      const size = `${bytes(event.bytes)} in ${duration(event.durationMs)}`
      return `${event.protocol} of ${nameOf(event.peer)}, ${event.outcome}${failure}, ${size}`
    }
    case 'sync': {
      const fetched = event.blocksFetched === 0 ? '' : `, ${plural(event.blocksFetched, 'block')} fetched`
      const tips = `#${event.ours.height} and #${event.theirs.height}`
      return `with ${nameOf(event.peer)}: ${event.outcome}, ${tips}${fetched}, ${duration(event.durationMs)}`
    }
    case 'node':
      return event.name
    case 'other':
      return `type ${event.code}`
  }
}
