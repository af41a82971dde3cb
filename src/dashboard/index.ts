// Views of a timeline at a moment, as pure functions: what the page and the terminal show.
export type { Coverage } from './view/coverage.ts'
export { coverageAt, newestBlocks } from './view/coverage.ts'
export type { Happened } from './view/happened.ts'
export { happenedAt } from './view/happened.ts'
export { linksAt } from './view/links.ts'
export { mempoolAt } from './view/mempool.ts'
export type { NetworkView } from './view/network.ts'
export { networkAt } from './view/network.ts'
