// What each node of a run is told when it starts.
import { join } from 'node:path'
import { TRACES } from '../../trace/index.ts'
import { membershipSettings } from '../common/membership.ts'
import { peerTargetsOf } from '../common/peers.ts'
import type { TestnetOptions } from './contract.ts'
import type { Ground } from './ground.ts'
import { ANY_PORT, type NodeSpec } from './messages.ts'

/** In the order of the plan's names. */
export function nodeSpecs(
  { scenario, seed, plan, genesis }: Pick<Ground, 'scenario' | 'seed' | 'plan' | 'genesis'>,
  { directory, apiPort, trace }: Pick<TestnetOptions, 'directory' | 'apiPort' | 'trace'>
): NodeSpec[] {
  const { keys, produces, roles } = plan
  return plan.names.map((name, i) => ({
    name,
    secret: keys[i]?.secret ?? new Uint8Array(32),
    directory: join(directory, 'nodes', name),
    genesis: JSON.stringify(genesis.file),
    ...(i === 0 && apiPort !== undefined ? { apiPort } : {}),
    seed: `${seed}/${name}`,
    degree: scenario.topology.degree,
    produces: produces[i] === true,
    relay: scenario.relay,
    gossipProfile: scenario.gossip.profile,
    listen: ANY_PORT,
    syncIntervalMs: scenario.sync.interval,
    syncFanout: scenario.sync.fanout,
    membership: membershipSettings(scenario, produces[i] === true),
    peers: peerTargetsOf(scenario),
    blockMaxBytes: scenario.block.maxBytes,
    hashRate: scenario.mining.hashRate,
    ...(trace === false ? {} : { traces: join(directory, TRACES) }),
    role: roles[i]
  }))
}
