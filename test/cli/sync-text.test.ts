import { equal } from 'node:assert/strict'
import { syncText } from '../../src/cli/sync-text.ts'

describe('where a node stands', () => {
  const syncing = { state: 'syncing', target_height: 1200, blocks_per_second: 340.4, seconds_left: 2.1 } as const
  for (const { says, peers = 3, sync } of [
    { says: 'alone', peers: 0, sync: syncing },
    { says: 'in step', sync: { ...syncing, state: 'in-step' as const, blocks_per_second: null, seconds_left: null } },
    { says: 'syncing to #1200, 340 blocks/s, 2.1 s left', sync: syncing },
    { says: 'syncing to #1200, 0.4 blocks/s, 2.1 s left', sync: { ...syncing, blocks_per_second: 0.42 } },
    { says: 'syncing to #1200, 0.0 blocks/s', sync: { ...syncing, blocks_per_second: 0, seconds_left: null } }
  ]) {
    it(`is "${says}"`, () => equal(syncText({ sync, peers }), says))
  }
})
