// Waits until the nodes of a testnet have found each other, for so long and no longer.
import { tcpEngineDefaults } from '../../config/index.ts'
import { meshProgress, unmeshed } from '../common/meshed.ts'
import { wantedDegrees } from '../common/peers.ts'
import type { Fleet } from './fleet.ts'
import type { Ground } from './ground.ts'

export interface MeshingComponents extends Pick<Ground, 'scenario' | 'plan' | 'runtime'> {
  readonly fleet: Pick<Fleet, 'measureNodes' | 'nameOfPeer' | 'running'>
}

/** How far the network was when the wait was over. */
export interface Meshing {
  readonly meshed: boolean
  /** Of `expected` nodes, those that are there and honest. */
  readonly ready: number
  readonly expected: number
  /** What makes the run invalid: some were not ready, and nobody among them misbehaves. */
  readonly mishap?: string | undefined
}

/**
 * `onProgress` is called with the number of nodes that are ready, all of them only when the meshes connect, too, and with
 * how many are expected. Nodes of which none is left are not waited for.
 */
export async function untilMeshed(
  { scenario, plan, runtime, fleet }: MeshingComponents,
  onProgress: (ready: number, expected: number) => void
): Promise<Meshing> {
  const { timers, clock } = runtime
  const { names, edges, late, roles } = plan
  const isHere = (name: string): boolean => !late.includes(name)
  const present = names.filter((name, i) => isHere(name) && roles[i] === undefined)
  const here = new Set(names.flatMap((name, i) => (isHere(name) ? [i] : [])))
  const wanted = { degrees: wantedDegrees(scenario, edges, here), names, gossips: scenario.relay !== 'rounds' }
  const expected = present.length
  const begunAt = clock.now()
  for (;;) {
    const { ready, meshed } = meshProgress(await fleet.measureNodes(), wanted, fleet.nameOfPeer, present)
    onProgress(meshed ? expected : Math.min(ready, expected - 1), expected)
    if (meshed) return { meshed, ready, expected }
    const waitedMs = clock.now() - begunAt
    if (waitedMs > tcpEngineDefaults.meshWaitMaxMs || fleet.running.length === 0) {
      const attacked = roles.some((role) => role !== undefined)
      return { meshed, ready, expected, mishap: unmeshed({ ready, expected, attacked }, waitedMs) }
    }
    await timers.sleep(tcpEngineDefaults.meshPollMs)
  }
}
