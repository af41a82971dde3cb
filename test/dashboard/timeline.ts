// A timeline made of changes, for tests of what the page shows.
import { ok } from 'node:assert/strict'
import { LIVE_LIMITS, Timeline } from '../../src/api/client/index.ts'
import type { Change, LiveRun } from '../../src/api/client/index.ts'

export const run: LiveRun = {
  version: '0.1.0',
  scenario: 'local',
  seed: 7,
  engine: 'virtual',
  network: 'ab',
  directory: 'run',
  startedAt: 0,
  state: 'running',
  nodes: ['n1', 'n2', 'n3', 'n4']
}

export const timelineOf = (changes: Change[], now = 10_000): Timeline => {
  const timeline = new Timeline(LIVE_LIMITS)
  const up = run.nodes.map((_, node): Change => ({ type: 'state', node, at: 0, state: 'up' }))
  timeline.apply({ seq: 1, now, reset: true, run, changes: [...up, ...changes] })
  return timeline
}
export const item = (id: string, at: number, more: Partial<Extract<Change, { type: 'item' }>> = {}): Change => {
  return { type: 'item', kind: 'block', id, origin: 0, at, bytes: 300, height: 1, ...more }
}
/** Who got it when from whom. */
export const arrivals = (
  id: string,
  at: number,
  rows: [node: number, after: number, from: number][],
  kind: 'block' | 'transaction' = 'block'
): Change => ({
  type: 'arrivals',
  kind,
  id,
  at,
  nodes: rows.map(([node]) => node),
  after: rows.map(([, after]) => after),
  from: rows.map(([, , from]) => from),
  via: rows.map(() => 1)
})
export const head = (node: number, at: number, id: string, height: number, abandoned = 0): Change => {
  return { type: 'head', node, at, id, height, abandoned }
}
export const block = (id: string, at: number, height: number, parent?: string, included: string[] = []): Change => {
  return { type: 'block', id, at, height, ...(parent === undefined ? {} : { parent }), transactions: 0, included }
}
export const named = <T>(value: T | undefined): T => {
  ok(value !== undefined)
  return value
}
