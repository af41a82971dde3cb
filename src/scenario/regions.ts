// Region matrices that come with Starling.

export interface RegionMatrix {
  readonly names: readonly string[]
  /** One-way delay from row to column, ms. */
  readonly oneWayMs: readonly (readonly number[])[]
}

/**
 * Eight regions of the world, as libp2p's own gossipsub-interop simulations have them: the edges of
 * gossipsub-interop/network_graph.py in libp2p/test-plans at commit 00f6cbdfad49 (2025; Shadow reads an edge's latency
 * as one way, so nothing is halved). The figures are rounded and rather cautious: Europe to the eastern US takes 70 ms
 * here, and about 40 ms (half of a round trip of 80) between data centres. They differ by direction once, as there.
 */
const WORLD_8: RegionMatrix = {
  names: ['us-east', 'us-west', 'europe', 'east-asia', 'west-asia', 'australia', 'south-america', 'south-africa'],
  oneWayMs: [
    [2, 60, 70, 140, 110, 150, 100, 130],
    [60, 2, 110, 100, 150, 110, 100, 160],
    [70, 110, 2, 125, 60, 165, 140, 95],
    [140, 100, 125, 4, 110, 110, 175, 175],
    [110, 150, 60, 110, 5, 180, 145, 110],
    [150, 110, 165, 110, 180, 2, 190, 220],
    [100, 100, 140, 175, 145, 190, 7, 195],
    [130, 160, 95, 175, 110, 220, 190, 7]
  ]
}

export const REGION_MATRICES: Readonly<Record<string, RegionMatrix>> = { 'world-8': WORLD_8 }
