// What members make of each other, out of the changes that each node told of.
import { stateAt, type Timeline } from '../../api/client/index.ts'
import { isHonest } from './coverage.ts'

export interface MemberOpinion {
  readonly node: number
  /** Honest nodes that are up and have it as alive (or were never told otherwise), suspect, down, left. */
  readonly alive: number
  readonly suspect: readonly number[]
  readonly down: readonly number[]
  readonly left: readonly number[]
}

export function membersAt(timeline: Timeline, at: number): MemberOpinion[] {
  const observers = [...timeline.nodes.entries()]
    .filter(([i, node]) => isHonest(timeline, i) && stateAt(node, at) === 'up')
    .map(([i]) => i)
  const latest = new Map<number, string>()
  const size = timeline.nodes.length
  for (const { node, of, at: changedAt, change } of timeline.members) {
    if (changedAt <= at) latest.set(node * size + of, change)
  }
  return [...timeline.nodes.keys()].map((node) => {
    const others = observers.filter((observer) => observer !== node)
    const saying = (change: string): number[] => others.filter((one) => latest.get(one * size + node) === change)
    const [suspect, down, left] = [saying('suspected'), saying('down'), saying('left')]
    return { node, alive: others.length - suspect.length - down.length - left.length, suspect, down, left }
  })
}
