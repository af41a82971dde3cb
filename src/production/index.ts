// Making blocks.
export { NonceSearch } from './pow-search.ts'
export type { ProducerComponents, ProducerInit, Production } from './producer.ts'
export { Producer } from './producer.ts'
