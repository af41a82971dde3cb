// The end of a simulation that somebody watches: every fault is undone, and the network is watched until it has recovered.
import { tcpEngineDefaults } from '../../config/index.ts'
import type { Fault } from '../../scenario/index.ts'
import type { VirtualFaults } from './faults.ts'
import type { Pace } from './pace.ts'
import type { Scheduler } from './scheduler.ts'
import type { VirtualNode } from './virtual-node.ts'
import type { WorldWatch } from './watch.ts'

/** How often a watch looks, ms of virtual time. */
const INSPECT_MS = 1000

/**
 * Undoes every fault; nodes that misbehave are stopped for good. `meanwhile` is let run beside it. Rejects when a node
 * neither stops nor starts.
 */
export async function healNetwork(
  faults: VirtualFaults,
  nodes: readonly VirtualNode[],
  pace: Pace,
  meanwhile: () => Promise<void>
): Promise<void> {
  const all = nodes.map(({ name }) => name)
  const honest = nodes.filter(({ isHonest }) => isHonest).map(({ name }) => name)
  const healing: Fault[] = [
    { kind: 'stop', nodes: nodes.filter(({ isHonest }) => !isHonest).map(({ name }) => name) },
    { kind: 'heal' },
    { kind: 'restore', nodes: all },
    { kind: 'resume', nodes: honest },
    { kind: 'start', nodes: honest }
  ]
  let isHealed = false
  const healed = Promise.all(healing.map(faults.apply)).finally(() => {
    isHealed = true
  })
  await meanwhile()
  await pace.until(() => isHealed, tcpEngineDefaults.workerStopMs)
  if (!isHealed) throw new Error('a node neither stops nor starts')
  await healed
}

export async function watchUntilHealed(watch: WorldWatch, scheduler: Scheduler): Promise<void> {
  do {
    await scheduler.runUntil(scheduler.now + INSPECT_MS)
    await watch.inspect()
  } while (!(await watch.isHealed()))
}
