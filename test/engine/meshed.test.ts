import { deepEqual, equal, match } from 'node:assert/strict'
import { meshProgress, unmeshed } from '../../src/engine/common/meshed.ts'
import type { NodeMeasure } from '../../src/engine/common/measure.ts'

describe('a meshed network', () => {
  const names = ['a', 'b', 'c', 'd']
  const nameOfPeer = new Map(names.map((name) => [`peer-${name}`, name]))
  const wanted = { degrees: [2, 2, 2, 2], names, gossips: true }

  const node = (name: string, meshPeers: readonly string[], peers = 2): NodeMeasure => {
    const mesh = meshPeers.map((peer) => `peer-${peer}`)
    return { name, peers, mesh: { block: mesh, transaction: mesh } } as unknown as NodeMeasure
  }
  const line = [node('a', ['b']), node('b', ['a', 'c']), node('c', ['d']), node('d', [])]

  it('is one where each node has its peers and somebody in its meshes, which reach everyone', () => {
    const [a, b, c] = line as [NodeMeasure, NodeMeasure, NodeMeasure]
    deepEqual(meshProgress([a, b, c, node('d', ['c'])], wanted, nameOfPeer), { ready: 4, meshed: true })
    deepEqual(meshProgress([a, b, c, node('d', ['c'], 1)], wanted, nameOfPeer), { ready: 3, meshed: false })
    deepEqual(meshProgress(line, wanted, nameOfPeer), { ready: 3, meshed: false })
  })

  it('is not one whose meshes fall into pieces, though every node is ready', () => {
    const pairs = [node('a', ['b']), node('b', ['a']), node('c', ['d']), node('d', ['c'])]
    deepEqual(meshProgress(pairs, wanted, nameOfPeer), { ready: 4, meshed: false })
    deepEqual(meshProgress(pairs, { ...wanted, gossips: false }, nameOfPeer), { ready: 4, meshed: true })
  })

  it('counts no path through a node that misbehaves', () => {
    const around = [node('a', ['b']), node('b', ['c']), node('c', ['b'])]
    deepEqual(meshProgress(around, wanted, nameOfPeer, ['a', 'c']), { ready: 2, meshed: false })
  })

  it('has a reason why it is not, but where an attack is one', () => {
    match(unmeshed({ ready: 3, expected: 4, attacked: true }, 30_000) ?? '', /3 of 4 nodes were ready after 30 s/)
    match(unmeshed({ ready: 4, expected: 4, attacked: false }, 30_000) ?? '', /in pieces after 30 s/)
    equal(unmeshed({ ready: 4, expected: 4, attacked: true }, 30_000), undefined)
  })
})
