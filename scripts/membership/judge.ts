// What membership should have made of a planned run, and what it did: from the members that each node spoke of, by time.
// Pure.
import type { NamedEvent } from '../../src/trace/index.ts'

/** What one node saw; times in ms on one clock. */
export interface Sighting {
  readonly at: number
  /** Names, also of whom it is about. */
  readonly node: string
  readonly about: string
  /** `connected`: it has a peer. */
  readonly change: Extract<NamedEvent, { type: 'member' }>['change'] | 'connected'
}

export interface Plan {
  readonly nodes: readonly string[]
  /** The longest that a round takes: with its jitter, and with what timers are late on a busy machine. */
  readonly roundMs: number
  /** Killed, and started again; ms on the clock of the sightings. */
  readonly victims: readonly string[]
  readonly killedAt: number
  readonly startedAt: number
  /** Says goodbye, and does not come back. */
  readonly leaver: string
  readonly leavesAt: number
}

/** Rounds, counted from the last node's first connection, until everyone lists everyone. */
const LISTED_ROUNDS_MAX = 10
const DOWN_MS_MAX = 25_000
/** From when a node that came back has a peer again. */
const BACK_ROUNDS_MAX = 3
const LEFT_ROUNDS_MAX = 5

export interface Finding {
  readonly what: string
  readonly held: boolean
  /** The figure, or what is missing, in words. */
  readonly found: string
}

export function judge(sightings: readonly Sighting[], plan: Plan): Finding[] {
  return [
    everyoneListed(sightings, plan),
    victimsNoticed(sightings, plan, 'suspected'),
    victimsNoticed(sightings, plan, 'down'),
    nobodyElse(sightings, plan),
    victimsBack(sightings, plan),
    leaverLeft(sightings, plan)
  ]
}

function everyoneListed(all: readonly Sighting[], { nodes, roundMs }: Plan): Finding {
  const what = `everyone lists everyone within ${LISTED_ROUNDS_MAX} rounds`
  const connected = nodes.map((node) => all.find((each) => each.node === node && each.change === 'connected')?.at)
  const beginsAt = Math.max(...connected.map((at) => at ?? Infinity))
  const pairs = nodes.flatMap((node) => nodes.filter((other) => other !== node).map((about) => ({ node, about })))
  return within(what, pairs, { max: LISTED_ROUNDS_MAX, roundMs }, ({ node, about }) =>
    since(beginsAt, first(all, { node, about, change: 'joined' }, -Infinity))
  )
}

function victimsNoticed(all: readonly Sighting[], plan: Plan, change: 'suspected' | 'down'): Finding {
  const { nodes, victims, killedAt, startedAt } = plan
  const what = `all others have the ${victims.length} killed ${change} within ${DOWN_MS_MAX / 1000} s`
  const others = nodes.filter((node) => !victims.includes(node))
  const pairs = others.flatMap((node) => victims.map((about) => ({ node, about })))
  return within(what, pairs, Math.min(DOWN_MS_MAX, startedAt - killedAt), ({ node, about }) =>
    since(killedAt, first(all, { node, about, change }, killedAt))
  )
}

/** Verdicts against somebody who was there. */
function nobodyElse(all: readonly Sighting[], plan: Plan): Finding {
  const { victims, killedAt, startedAt, leaver, leavesAt } = plan
  const isDue = ({ about, at }: Sighting): boolean => victims.includes(about) && at >= killedAt && at <= startedAt
  const wrong = all
    .filter(({ change }) => change === 'suspected' || change === 'down')
    .filter((each) => !isDue(each) && !(each.node === leaver && each.at >= leavesAt))
  const shown = wrong.slice(0, 3).map(({ node, about, change }) => `${node} had ${about} ${change}`)
  const found = wrong.length === 0 ? 'none' : `${wrong.length}: ${shown.join(', ')}${wrong.length > 3 ? ', …' : ''}`
  return { what: 'no verdict against anybody else', held: wrong.length === 0, found }
}

function victimsBack(all: readonly Sighting[], plan: Plan): Finding {
  const { nodes, victims, startedAt, leaver, leavesAt, roundMs } = plan
  const what = `who came back is alive to all others within ${BACK_ROUNDS_MAX} rounds`
  const limit = { max: BACK_ROUNDS_MAX, roundMs }
  const others = nodes.filter((node) => !victims.includes(node))
  const pairs = others.flatMap((node) => victims.map((about) => ({ node, about })))
  // On a busy machine a process may take so long to start that one of the others has left meanwhile.
  const met = pairs.filter(
    ({ node, about }) => node !== leaver || upAt(all, plan, about) + limit.max * roundMs < leavesAt
  )
  return within(what, met, limit, ({ node, about }) =>
    since(upAt(all, plan, about), first(all, { node, about, change: 'back' }, startedAt))
  )
}

function leaverLeft(all: readonly Sighting[], plan: Plan): Finding {
  const { nodes, victims, leaver, leavesAt, roundMs } = plan
  const what = `who says goodbye has left to all others within ${LEFT_ROUNDS_MAX} rounds`
  const there = nodes.filter((node) => !victims.includes(node) || upAt(all, plan, node) < leavesAt)
  const others = there.filter((node) => node !== leaver).map((node) => ({ node, about: leaver }))
  return within(what, others, { max: LEFT_ROUNDS_MAX, roundMs }, ({ node, about }) =>
    since(leavesAt, first(all, { node, about, change: 'left' }, leavesAt))
  )
}

/** When a victim that was started again had a peer. */
function upAt(all: readonly Sighting[], { startedAt }: Plan, victim: string): number {
  return (
    all.find(({ node, change, at }) => node === victim && change === 'connected' && at >= startedAt)?.at ?? Infinity
  )
}

interface Pair {
  readonly node: string
  readonly about: string
}

/** The longest of the times that `of` gives, ms, against a limit: ms, or rounds of `roundMs`. */
function within(
  what: string,
  pairs: readonly Pair[],
  limit: number | { readonly max: number; readonly roundMs: number },
  of: (pair: Pair) => number
): Finding {
  const times = pairs.map(of)
  const never = pairs.filter((_, i) => times[i] === Infinity)
  const longest = times.reduce((most, time) => Math.max(most, time), 0)
  const missing = never.slice(0, 3).map(({ node, about }) => `${node} of ${about}`)
  const inRounds = typeof limit === 'number' ? '' : `, ${(longest / limit.roundMs).toFixed(1)} rounds`
  const found =
    never.length === 0
      ? `${(longest / 1000).toFixed(1)} s at most${inRounds}`
      : `${never.length} of ${pairs.length} never: ${missing.join(', ')}${never.length > 3 ? ', …' : ''}`
  return { what, held: longest <= (typeof limit === 'number' ? limit : limit.max * limit.roundMs), found }
}

function first(all: readonly Sighting[], { node, about, change }: Omit<Sighting, 'at'>, from: number): number {
  return (
    all.find((each) => each.at >= from && each.node === node && each.about === about && each.change === change)?.at ??
    Infinity
  )
}

function since(from: number, at: number): number {
  return at === Infinity ? Infinity : Math.max(0, at - from)
}
