// Ten nodes of which one is down and one on another branch, as watch knows them.
import { type Change, LIVE_LIMITS, type LiveRun, Timeline } from '../../src/api/client/index.ts'

export const run: LiveRun = {
  version: '0.1.0',
  scenario: 'local\u001b[2J',
  seed: 7,
  engine: 'tcp',
  network: 'ab',
  directory: 'run',
  startedAt: 0,
  state: 'running',
  nodes: Array.from({ length: 10 }, (_, i) => `n${i + 1}`)
}

export function timelineOf(changes: Change[], now = 42_000): Timeline {
  const timeline = new Timeline(LIVE_LIMITS)
  const nodes = run.nodes.flatMap((_, node): Change[] => [
    { type: 'state', node, at: 0, state: node === 9 ? 'down' : 'up' },
    { type: 'head', node, at: 41_000, id: node === 3 ? 'cc'.repeat(32) : 'ab'.repeat(32), height: 12, abandoned: 0 },
    { type: 'link', kind: 'connection', node, peer: (node + 1) % 10, at: 1, on: true }
  ])
  timeline.apply({ seq: 1, now, reset: true, run, changes: [...nodes, ...changes] })
  return timeline
}

export const block = (n: number, spreadMs: number): Change[] => {
  const id = n.toString(16).padStart(2, '0').repeat(32)
  const nodes = [1, 2, 3, 4, 5, 6, 7, 8]
  const at = 10_000 + n * 1000
  return [
    { type: 'item', kind: 'block', id, origin: 0, at, bytes: 900, height: n, transactions: n * 3 },
    {
      type: 'arrivals',
      kind: 'block',
      id,
      at,
      nodes,
      after: nodes.map((node) => (spreadMs * node) / 8),
      from: nodes.map(() => 0),
      via: nodes.map(() => 1)
    }
  ]
}
