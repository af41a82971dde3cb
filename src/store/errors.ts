// What can be wrong with a data directory. Each message is one sentence for the person who runs the node.
import { type Hex, NETWORK_ID_BYTES } from '../wire/index.ts'

const NAME_DIGITS = 2 * NETWORK_ID_BYTES

export type StoreErrorCode =
  /** Another process has the directory open. */
  | 'locked'
  /** It holds the chain of another genesis. */
  | 'wrong-network'
  /** Another version of Starling, or another program, wrote it. */
  | 'wrong-schema'
  /** What is stored does not hang together. */
  | 'corrupt'
  /** The disk or the directory refused: permissions, space, a path that is a file. */
  | 'unavailable'

export class StoreError extends Error {
  readonly code: StoreErrorCode
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** Two networks as a person tells them apart: their names, or whole hashes where the names are the same. */
export function toldApart(one: Hex, other: Hex): readonly [one: string, other: string] {
  const names = [one.slice(0, NAME_DIGITS), other.slice(0, NAME_DIGITS)] as const
  return names[0] === names[1] ? [one, other] : names
}

export function corrupt(what: string, cause?: unknown): StoreError {
  return new StoreError(
    'corrupt',
    `The data directory is damaged (${what}): delete it and let the node fetch the chain again.`,
    cause === undefined ? undefined : { cause }
  )
}
