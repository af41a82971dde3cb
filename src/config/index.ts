export * from './network.ts'
export * from './node.ts'
export { apiDefaults } from './api.ts'
export * from './ledger.ts'
