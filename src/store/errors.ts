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
  /** What to do, where the message does not say. */
  readonly hint: string | undefined
  constructor(code: StoreErrorCode, message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
    this.hint = options.hint
  }
}

/** Two networks as a person tells them apart: their names, or whole hashes where the names are the same. */
export function toldApart(one: Hex, other: Hex): readonly [one: string, other: string] {
  const names = [one.slice(0, NAME_DIGITS), other.slice(0, NAME_DIGITS)] as const
  return names[0] === names[1] ? [one, other] : names
}

/** A node fetches or imports its chain again; its identity is nowhere else. */
export const DAMAGE_HINT =
  'Move the data directory away and let the node fetch the chain again, or fill a new one with ' +
  '`npx starling chain import`; node.key in it is the identity of the node and can be kept.'

/** What is damaged, as a part of a sentence. The hint says what to do. */
export class DamageError extends StoreError {
  readonly what: string
  constructor(what: string, cause?: unknown) {
    super('corrupt', `The data directory is damaged: ${what}.`, { cause, hint: DAMAGE_HINT })
    this.what = what
  }
}

export function corrupt(what: string, cause?: unknown): DamageError {
  return new DamageError(what, cause)
}
