// Set reconciliation: two sides that share most of a set learn what differs at a cost that depends on the difference
// alone. Pure: bytes and numbers in, bytes and numbers out.
export { CELL_BYTES, Cells } from './cells.ts'
export { DifferenceEstimator, ESTIMATOR_BYTES } from './estimator.ts'
export type { Difference, SymbolHalves } from './peel.ts'
export { peel } from './peel.ts'
export { Sketch } from './sketch.ts'
export { SymbolTable } from './symbol-table.ts'
