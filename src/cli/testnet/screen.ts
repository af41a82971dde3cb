// The first screen of a testnet: what runs, where it listens, whose accounts there are, what to type next.
import { version } from '../../runtime/index.ts'
import { relative } from 'node:path'
import { cliDefaults } from '../../config/index.ts'
import type { Scenario } from '../../scenario/index.ts'
import { count, duration } from '../format.ts'
import { type Paint, visibleLength } from '../output.ts'

/** `Starling 0.1.0   10 nodes · degree 4 · block ≈ 3 s · loopback, no link delay` */
export function headline(scenario: Scenario, paint: Paint): string {
  const { nodes, topology, block, consensus, links, duration: runMs } = scenario
  const parts = [
    nodes === 1 ? '1 node' : `${nodes} nodes`,
    // In effect: nobody is connected to more than all others.
    `degree ${Math.min(topology.degree, nodes - 1)}`,
    `block ${consensus === 'pow' ? '≈' : 'every'} ${duration(block.interval)}`,
    delayOf(links),
    ...(runMs === undefined ? [] : [`for ${duration(runMs)}`])
  ]
  return `${paint('bold', `Starling ${version}`)}   ${parts.join(' · ')}\n`
}

export interface ScreenInit {
  readonly nodes: readonly { readonly name: string; readonly api: string }[]
  readonly accounts: readonly { readonly name: string; readonly balance: number }[]
  readonly controller: string
  /** The controller serves the page. */
  readonly hasDashboard: boolean
  readonly seed: number
  readonly directory: string
  readonly cwd: string
  /** How the run is ended: Ctrl-C here, or `starling stop` when it runs on its own. */
  readonly detached: boolean
  readonly width: number
}

export function screen(init: ScreenInit, paint: Paint): string {
  const directory = relative(init.cwd, init.directory)
  const shownDirectory = directory === '' || directory.startsWith('..') ? init.directory : directory
  const commands = ['tx send --from alice --to bob --amount 5', 'watch', 'sync --follow']
  const rows = [
    ...nodeRows(init),
    init.hasDashboard
      ? `${paint('dim', 'dashboard')}   ${paint('cyan', init.controller)}`
      : `${paint('dim', 'controller')}  ${init.controller}`,
    ...accountRows(init.accounts, paint)
  ]
  return [
    ...box(rows, paint),
    init.detached ? 'Next:' : 'In another terminal:',
    ...commands.map((command) => `  ${paint('cyan', `npx starling ${command}`)}`),
    `Run: ${shownDirectory}   seed ${init.seed}   ${init.detached ? 'End: npx starling stop' : 'Ctrl-C: report'}`,
    ''
  ].join('\n')
}

/** Names and links in as many columns as fit; of a large network the beginning and the end. */
function nodeRows({ nodes, width }: ScreenInit): string[] {
  const max = cliDefaults.screenNodesMax
  const shown = nodes.length <= max ? nodes : nodes.slice(0, max - 1)
  const cells = shown.map(({ name, api }) => `${name.padEnd(4)} ${api}`)
  const last = nodes.at(-1)
  if (nodes.length > max && last !== undefined) cells.push(`… ${last.name} ${last.api}`)
  const cellWidth = Math.max(...cells.map((cell) => cell.length)) + 3
  const columns = Math.max(1, Math.min(3, Math.floor((width - 4) / cellWidth)))
  return Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    cells
      .slice(row * columns, (row + 1) * columns)
      .map((cell) => cell.padEnd(cellWidth))
      .join('')
      .trimEnd()
  )
}

function accountRows(accounts: ScreenInit['accounts'], paint: Paint): string[] {
  const warning = paint('yellow', '(well-known keys: never use them elsewhere)')
  const [first] = accounts
  if (first === undefined) return []
  const isEqual = accounts.every(({ balance }) => balance === first.balance)
  const list = accounts.map(({ name, balance }) => (isEqual ? name : `${name} ${count(balance)}`)).join(' ')
  return [
    `${paint('dim', 'accounts')}    ${list}`,
    `            ${isEqual ? `${count(first.balance)} each ` : ''}${warning}`
  ]
}

function box(rows: readonly string[], paint: Paint): string[] {
  const width = Math.max(...rows.map(visibleLength))
  const bar = '─'.repeat(width + 2)
  const side = paint('dim', '│')
  return [
    paint('dim', `┌${bar}┐`),
    ...rows.map((row) => `${side} ${row}${' '.repeat(width - visibleLength(row))} ${side}`),
    paint('dim', `└${bar}┘`)
  ]
}

export interface ProgressStep {
  readonly step: 'keys' | 'listening' | 'meshed'
  readonly done: number
  readonly total: number
  readonly ms?: number
}

/** `✔ keys  ✔ 10/10 listening  ✔ meshed 3.1 s`, as far as it has come. */
export function progressText(steps: ReadonlyMap<ProgressStep['step'], ProgressStep>, paint: Paint): string {
  const parts = [...steps.values()].map(({ step, done, total, ms }) => {
    const mark = done >= total ? paint('green', '✔') : '…'
    if (step === 'keys') return `${mark} keys`
    if (step === 'listening') return `${mark} ${done}/${total} listening`
    return done >= total
      ? `${mark} meshed${ms === undefined ? '' : ` ${duration(ms)}`}`
      : `${mark} ${done}/${total} meshed`
  })
  return parts.join('  ')
}

function delayOf({ latency: { min, max } }: Scenario['links']): string {
  if (max === 0) return 'loopback, no link delay'
  return `loopback, +${min === max ? duration(min) : `${duration(min)} to ${duration(max)}`} each way`
}
