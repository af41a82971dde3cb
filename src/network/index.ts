// The network above the Host: gossip and requests. Works over any Host, real or virtual; holds no socket of its own.
export * from './gossip.ts'
export * from './host.ts'
export * from './loss.ts'
export * from './overriding.ts'
export * from './protocol.ts'
export { RateLimiter } from './rate-limit.ts'
export * from './requests.ts'
