// How long a testnet waits for its mesh.
import { deepEqual, match } from 'node:assert/strict'
import { layGround } from '../../src/engine/tcp/ground.ts'
import { untilMeshed } from '../../src/engine/tcp/meshing.ts'
import { parseScenario } from '../../src/scenario/index.ts'

describe('the wait for a mesh', () => {
  it('is over when no node is left to wait for', async () => {
    const ground = layGround(parseScenario({ nodes: 3, seed: 1 }))
    const fleet = {
      nameOfPeer: new Map<string, string>(),
      running: ['n1', 'n2', 'n3'],
      measureNodes: async () => {
        fleet.running.pop()
        return []
      }
    }
    const told: (readonly [number, number])[] = []
    const { meshed, ready, expected, mishap } = await untilMeshed({ ...ground, fleet }, (...far) => told.push(far))
    deepEqual({ meshed, ready, expected }, { meshed: false, ready: 0, expected: 3 })
    match(mishap ?? '', /0 of 3 nodes were ready after 0 s/)
    deepEqual(told, [
      [0, 3],
      [0, 3],
      [0, 3]
    ])
  })
})
