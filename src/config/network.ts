// Defaults of the network.

/** What of gossipsub can be chosen. Names of degrees are the specification's. */
export interface GossipSettings {
  /** Ours, or the library's own defaults (as a baseline of measurements). */
  readonly profile: 'tuned' | 'default'
  readonly D: number
  readonly Dlo: number
  readonly Dhi: number
  readonly heartbeatMs: number
  readonly floodPublish: boolean
  readonly batchPublish: boolean
  readonly ipColocationWeight: number
}

export const gossipDefaults: GossipSettings = {
  profile: 'tuned',
  D: 6,
  Dlo: 5,
  Dhi: 12,
  heartbeatMs: 700,
  floodPublish: false,
  batchPublish: true,
  ipColocationWeight: 0
}
