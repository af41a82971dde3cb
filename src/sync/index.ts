// Anti-entropy: comparing tips, catching up.
export type { AntiEntropyInit } from './anti-entropy.ts'
export { AntiEntropy } from './anti-entropy.ts'
export type { CatchUp, CatchUpProgress, CatchUpResult } from './fetcher.ts'
export { ChainFetcher } from './fetcher.ts'
export { serveSync } from './server.ts'
export type { ChainTip } from './tip.ts'
export { compareTips, decodeTip, encodeTip, summarizeTip, tipOf } from './tip.ts'
