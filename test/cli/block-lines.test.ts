// When a block gets its line in the live view.
import assert from 'node:assert/strict'
import { BlockLines } from '../../src/cli/testnet/block-lines.ts'
import { Collector } from '../../src/report/index.ts'
import type { NamedEvent } from '../../src/trace/index.ts'

const ID = 'ab'.repeat(32)

describe('the line of a block', () => {
  const published: NamedEvent = { type: 'published', kind: 'block', id: ID, bytes: 1, height: 1, at: 1000, node: 'n1' }
  const own: NamedEvent = { type: 'delivered', kind: 'block', id: ID, via: 'own', at: 1000, node: 'n1' }
  const delivered = (node: string): NamedEvent => ({
    type: 'delivered',
    kind: 'block',
    id: ID,
    via: 'gossip',
    at: 1010,
    node
  })

  function fixture() {
    const collector = new Collector({ nodes: ['n1', 'n2', 'n3'], peerNames: new Map() })
    for (const node of collector.nodes) collector.nodeUp(node, 0)
    const printed: string[] = []
    const lines = new BlockLines({ collector, patienceMs: 3000, print: ({ id }) => printed.push(id) })
    const tell = (...events: readonly NamedEvent[]): void => {
      for (const event of events) {
        collector.onEvent(event)
        lines.onEvent(event)
      }
    }
    return { collector, printed, lines, tell }
  }

  it('comes once, when the last node has the block', () => {
    const { printed, tell } = fixture()
    tell(published, own, delivered('n2'))
    assert.deepEqual(printed, [])
    tell(delivered('n3'))
    tell(delivered('n3'))
    assert.deepEqual(printed, [ID])
  })

  it('comes although deliveries are told before the publication', () => {
    const { printed, tell } = fixture()
    tell(delivered('n2'), delivered('n3'), published, own)
    assert.deepEqual(printed, [ID])
  })

  it('does not wait for a node that is down', () => {
    const { collector, printed, lines, tell } = fixture()
    tell(published, own, delivered('n2'))
    collector.nodeDown('n3', 1020)
    lines.flush(1030)
    assert.deepEqual(printed, [ID])
  })

  it('comes anyway when patience ends', () => {
    const { printed, lines, tell } = fixture()
    tell(published, own)
    lines.flush(3999)
    assert.deepEqual(printed, [])
    lines.flush(4000)
    lines.flush(Number.POSITIVE_INFINITY)
    assert.deepEqual(printed, [ID])
  })
})
