// What was done to the network on purpose, as it stands at one moment and as a list.
import type { FaultChange, Timeline } from '../../api/client/index.ts'

/** Node → group while the network is cut; undefined while it is whole. */
export function partitionAt({ faults }: Timeline, at: number): ReadonlyMap<number, number> | undefined {
  const last = faults.findLast((change) => change.at <= at && (change.fault === 'partition' || change.fault === 'heal'))
  if (last?.fault !== 'partition') return undefined
  return new Map(last.nodes.map((node, i) => [node, last.groups?.[i] ?? 0]))
}

const WORDS: Readonly<Record<FaultChange['fault'], string>> = {
  crash: 'crashed',
  stop: 'stopped',
  wipe: 'lost its data',
  start: 'started again',
  pause: 'paused',
  resume: 'resumed',
  cut: 'lost its connections',
  partition: 'cut apart',
  heal: 'healed',
  slow: 'slowed down',
  restore: 'at full speed again'
}

const NAMES_MAX = 5

/** `n3 crashed`, `cut apart: n1 n2 n3 | n4 n5`, `healed`. */
export function faultText({ fault, nodes, groups }: FaultChange, names: readonly string[]): string {
  if (fault === 'heal') return 'network healed'
  if (fault === 'partition') {
    const sides = Map.groupBy(nodes.keys(), (i) => groups?.[i] ?? 0)
    return `network cut: ${[...sides.values()]
      .map((side) =>
        listed(
          side.map((i) => nodes[i] ?? 0),
          names
        )
      )
      .join(' | ')}`
  }
  return `${listed(nodes, names)} ${WORDS[fault]}`
}

/** A few by name, many as a number: never all but one of them. */
function listed(nodes: readonly number[], names: readonly string[]): string {
  const isLong = nodes.length > NAMES_MAX
  const shown = nodes.slice(0, isLong ? NAMES_MAX - 1 : NAMES_MAX).map((node) => names[node] ?? '?')
  return isLong ? `${shown.join(' ')} and ${nodes.length - shown.length} more` : shown.join(' ')
}
