// Making blocks.
export { NonceSearch } from './pow-search.ts'
export type { ProducerComponents, ProducerInit } from './producer.ts'
export { Producer } from './producer.ts'
