// Sums of what nodes have sent: whoever answers late, the curve of the sums has no step that nobody sent.
import { deepEqual, equal } from 'node:assert/strict'
import { type Reading, TrafficSum } from '../../src/engine/tcp/traffic-sum.ts'

const NAMES = ['n1', 'n2']
const of = (name: string, at: number, block: number): Reading => {
  return { name, at, sent: { block, transaction: 0, control: 0, repair: 0, membership: 0 } }
}
const added = (sum: TrafficSum, readings: Reading[], running = NAMES): [at: number, block: number] | undefined => {
  const found = sum.add(readings, running)
  return found === undefined ? undefined : [found.at, found.sent.block]
}

describe('the sum of traffic', () => {
  it('waits for a node that does not answer, and then covers that time', () => {
    const sum = new TrafficSum()
    deepEqual(added(sum, [of('n1', 1000, 100), of('n2', 1000, 1000)]), [1000, 1100])
    equal(added(sum, [of('n1', 2000, 200)]), undefined)
    deepEqual(added(sum, [of('n1', 3000, 300), of('n2', 3000, 3000)]), [3000, 3300])
  })

  it('is of one moment, also where one node answers later than the other', () => {
    const sum = new TrafficSum()
    added(sum, [of('n1', 1000, 100), of('n2', 1000, 1000)])
    deepEqual(added(sum, [of('n1', 2000, 200), of('n2', 9000, 9000)]), [2000, 2200])
    deepEqual(added(sum, [of('n1', 9100, 910), of('n2', 9100, 9100)]), [9100, 10_010])
  })

  it('goes on without a node that says nothing for long, whose silence is no leap when it answers again', () => {
    const sum = new TrafficSum()
    added(sum, [of('n1', 1000, 0), of('n2', 1000, 1000)])
    for (const at of [2000, 3000, 4000]) equal(added(sum, [of('n1', at, 0)]), undefined)
    deepEqual(added(sum, [of('n1', 5000, 0)]), [5000, 1000])
    deepEqual(added(sum, [of('n1', 6000, 0), of('n2', 6000, 52_000_000)]), [6000, 1000])
    deepEqual(added(sum, [of('n1', 7000, 0), of('n2', 7000, 52_001_000)]), [7000, 2000])
  })

  it('keeps what a node had sent that ended or was started again, with counters from 0', () => {
    const sum = new TrafficSum(of('gone', 0, 7).sent)
    deepEqual(added(sum, [of('n1', 1000, 100), of('n2', 1000, 1000)]), [1000, 1107])
    deepEqual(added(sum, [of('n1', 2000, 200)], ['n1']), [2000, 1207])
    deepEqual(added(sum, [of('n1', 3000, 300), of('n2', 3000, 50)]), [3000, 1357])
  })
})
