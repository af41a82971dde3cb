// What a scenario must be that no single field can say.
import { tcpEngineDefaults } from '../config/index.ts'
import { parseExpectation } from './expect.ts'
import { type FaultField, type NodeSelector, stepKinds } from './fault.ts'
import { countOf, named } from './fault-plan.ts'
import { nodeNames } from './names.ts'
import { didYouMean } from './nearest.ts'
import type { Problem } from './problem.ts'
import { REGION_MATRICES } from './regions.ts'
import type { Scenario } from './schema.ts'
import { formatDuration } from './units.ts'

type Check = (scenario: Scenario) => Iterable<Problem>

/** What is wrong with a scenario whose fields are each right. */
export function scenarioProblems(scenario: Scenario): Problem[] {
  return CHECKS.flatMap((check) => [...check(scenario)])
}

/** Why only the virtual engine can run a scenario, as one sentence; `undefined` when both can. */
export function virtualOnly({ nodes, load, validation }: Scenario): string | undefined {
  const { nodesMax } = tcpEngineDefaults
  const instead = 'npx starling sim runs it in virtual time'
  if (nodes > nodesMax) return `A testnet of real nodes takes at most ${nodesMax}, not ${nodes}; ${instead}.`
  if (load.perBlock > 0)
    return `load.perBlock lays transactions into mempools, which real nodes don't take; ${instead}.`
  const hasCost = validation.transaction > 0 || validation.block > 0
  return hasCost
    ? `validation is the cost of checking in virtual time; real nodes have their own; ${instead}.`
    : undefined
}

function* roles({ nodes, roles }: Scenario): Iterable<Problem> {
  const misbehaving = misbehavingOf(roles)
  if (misbehaving >= nodes) {
    yield { path: ['roles'], text: `: ${misbehaving} of ${nodes} nodes misbehave, one must stay honest` }
  }
}

const misbehavingOf = (roles: Scenario['roles']): number => roles.reduce((sum, { nodes }) => sum + nodes, 0)

/** Peers refuse whoever asks more often. */
function* rounds({ relay, sync }: Scenario): Iterable<Problem> {
  if (relay !== 'rounds' || sync.interval >= ROUND_MS_MIN) return
  yield {
    path: ['sync', 'interval'],
    text: ` must be at least ${ROUND_MS_MIN}ms with relay: rounds, not ${sync.interval}ms`
  }
}

const ROUND_MS_MIN = 300

function* producers({ nodes, roles, block, consensus }: Scenario): Iterable<Problem> {
  if (block.producers === 0 && consensus === 'authority') {
    yield {
      path: ['block', 'producers'],
      text: ' must be at least 1 with consensus: authority, whose sealers they are'
    }
  }
  const honest = nodes - misbehavingOf(roles)
  if (block.producers !== undefined && block.producers > honest) {
    yield { path: ['block', 'producers'], text: ` must be at most ${honest}, the honest nodes, not ${block.producers}` }
  }
}

function* bandwidth({ links }: Scenario): Iterable<Problem> {
  if (!Array.isArray(links.bandwidth)) return
  const sum = links.bandwidth.reduce((total, { share }) => total + share, 0)
  if (Math.abs(sum - 1) > 1e-6) {
    yield { path: ['links', 'bandwidth'], text: `: the shares must add up to 1, not ${Number(sum.toFixed(6))}` }
  }
}

function* regions({ links: { regions } }: Scenario): Iterable<Problem> {
  if (regions === undefined) return
  const path = ['links', 'regions', 'matrix']
  const ours = Object.keys(REGION_MATRICES)
  const { matrix: given, weights } = regions
  const matrix = typeof given !== 'string' ? given : REGION_MATRICES[ours.find((name) => name === given) ?? '']
  if (matrix === undefined) {
    yield {
      path,
      text: `: no matrix is called "${given}", ours is ${ours.join(', ')}${didYouMean(String(given), ours)}`
    }
    return
  }
  const { names, oneWayMs } = matrix
  const size = names.length
  if (new Set(names).size < size) yield { path: [...path, 'names'], text: ' must differ from each other' }
  if (oneWayMs.length !== size) {
    yield {
      path: [...path, 'oneWayMs'],
      text: ` must have a row for each of the ${size} names, not ${oneWayMs.length}`
    }
  }
  for (const [i, row] of oneWayMs.entries()) {
    if (row.length === size) continue
    yield {
      path: [...path, 'oneWayMs', String(i)],
      text: ` must have ${size} delays, one for each name, not ${row.length}`
    }
  }
  if (weights === undefined) return
  for (const name of Object.keys(weights)) {
    if (names.includes(name)) continue
    const text = `: no such region (${names.join(', ')})${didYouMean(name, names)}`
    yield { path: ['links', 'regions', 'weights', name], text }
  }
  if (Object.values(weights).every((weight) => weight === 0)) {
    yield { path: ['links', 'regions', 'weights'], text: ': at least one must be above 0' }
  }
}

function* edges({ nodes, topology: { kind, edges } }: Scenario): Iterable<Problem> {
  const path = ['topology', 'edges']
  if (kind !== 'edges') {
    if (edges !== undefined) yield { path, text: `: a topology of kind ${kind} has no edges of its own` }
    return
  }
  if (edges === undefined) {
    yield { path, text: ' is missing: kind: edges needs pairs of names, such as [[n1, n2], [n2, n3]]' }
    return
  }
  const names = nodeNames(nodes)
  const known = new Set(names)
  const seen = new Set<string>()
  for (const [i, [a, b]] of edges.entries()) {
    const at = [...path, String(i)]
    for (const name of [a, b]) if (!known.has(name)) yield { path: at, text: noNode(name, nodes) }
    if (a === b) yield { path: at, text: `: ${a} can't be connected to itself` }
    const pair = [a, b].sort().join()
    if (seen.has(pair)) yield { path: at, text: `: ${a} and ${b} are connected already` }
    seen.add(pair)
  }
  const cutOff = unreachable(names, edges)
  if (cutOff !== undefined) yield { path, text: `: no path leads from n1 to ${cutOff}` }
}

/** The first node that no path leads to from the first. */
function unreachable(names: readonly string[], edges: readonly (readonly [string, string])[]): string | undefined {
  const neighbours = new Map<string, string[]>(names.map((name) => [name, []]))
  for (const [a, b] of edges) {
    neighbours.get(a)?.push(b)
    neighbours.get(b)?.push(a)
  }
  const reached = new Set(names.slice(0, 1))
  for (const name of reached) for (const next of neighbours.get(name) ?? []) reached.add(next)
  return names.find((name) => !reached.has(name))
}

const noNode = (name: string, nodes: number): string => `: there is no ${name}, only n1 to n${nodes}`

function* faults({ nodes, faults }: Scenario): Iterable<Problem> {
  const known = new Set(nodeNames(nodes))
  for (const [i, fault] of faults.entries()) {
    const path = ['faults', String(i)]
    for (const { at, selector } of selectorsOf(fault)) {
      const stranger = named(selector)?.find((name) => !known.has(name))
      if (stranger !== undefined) yield { path: [...path, ...at], text: noNode(stranger, nodes) }
      const count = countOf(selector, nodes)
      if (count > nodes) yield { path: [...path, ...at], text: ` must be at most ${nodes}, the nodes, not ${count}` }
    }
    if (fault.do === 'slow' && fault.latency === 0 && fault.bandwidth === undefined && fault.loss === 0) {
      yield { path, text: ': slow in what? Give latency, bandwidth or loss' }
    }
    if (fault.do !== 'partition') continue
    const whole = fault.groups.findIndex((group) => countOf(group, nodes) >= nodes)
    if (whole >= 0) {
      yield {
        path: [...path, 'groups', String(whole)],
        text: `: all ${nodes} nodes are in it, and none is left to part from`
      }
    }
    const members = fault.groups.flatMap((group) => named(group) ?? [])
    const twice = members.find((name, at) => members.indexOf(name) < at)
    if (twice !== undefined) yield { path: [...path, 'groups'], text: `: ${twice} is named twice` }
  }
  const joining = faults.flatMap((fault) => (fault.do === 'join' ? [fault.nodes] : []))
  const byName = new Set(joining.flatMap((selector) => named(selector) ?? []))
  const byNumber = joining.reduce<number>((sum, one) => sum + (named(one) === undefined ? countOf(one, nodes) : 0), 0)
  if (joining.length > 0 && byName.size + byNumber >= nodes) {
    yield { path: ['faults'], text: `: all ${nodes} nodes join later, at least one must be there at the start` }
  }
}

function* times({ duration, faults }: Scenario): Iterable<Problem> {
  for (const [i, { at }] of faults.entries()) {
    if (duration === undefined || at < duration) continue
    const text = ` must be before the end of the run, at ${formatDuration(duration)}, not ${formatDuration(at)}`
    yield { path: ['faults', String(i), 'at'], text }
  }
}

function selectorsOf(fault: FaultField): { at: string[]; selector: NodeSelector }[] {
  const found: { at: string[]; selector: NodeSelector }[] = []
  if ('nodes' in fault) found.push({ at: ['nodes'], selector: fault.nodes })
  if ('except' in fault && fault.except !== undefined) found.push({ at: ['except'], selector: fault.except })
  if (fault.do === 'partition') {
    for (const [i, selector] of fault.groups.entries()) found.push({ at: ['groups', String(i)], selector })
  }
  return found
}

function* expectations({ expect, faults }: Scenario): Iterable<Problem> {
  const steps = new Set(faults.flatMap((fault): string[] => [fault.do, ...stepKinds(fault)]))
  for (const [i, text] of expect.entries()) {
    const path = ['expect', String(i)]
    const parsed = parseExpectation(text)
    if ('problem' in parsed) yield { path, text: parsed.problem }
    else if (parsed.kind === 'within' && !steps.has(parsed.mark)) {
      yield { path, text: `: "of ${parsed.mark}": no fault of this scenario has such a step` }
    }
  }
}

const CHECKS: readonly Check[] = [roles, rounds, producers, bandwidth, regions, edges, faults, times, expectations]
