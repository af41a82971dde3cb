// Which offence each refusal is. A refusal's code says what was wrong; the offence says what that costs. Every code
// that an event `rejected` can carry is here exactly once: the compiler and test/peers/offences.test.ts see to it.
import type { Offence } from '../config/index.ts'
import type { LedgerErrorCode } from '../ledger/index.ts'
import type { RequestFault } from '../network/index.ts'
import type { WireErrorCode } from '../wire/index.ts'
import type { HelloProblem } from './hello.ts'

/** Every code with which something that a peer sent is refused. */
export type RefusalCode =
  | WireErrorCode
  | LedgerErrorCode
  | RequestFault
  | HelloProblem
  | 'equivocation'
  | 'undelivered'
  | 'useless'
  | 'withheld'
  | 'bad-record'

export const OFFENCE_OF: Readonly<Record<RefusalCode, Offence>> = {
  // bytes
  'bad-hex': 'malformed',
  'bad-index': 'malformed',
  'bad-message': 'malformed',
  'bad-text': 'malformed',
  'bad-tip': 'malformed',
  'bad-hello': 'malformed',
  empty: 'malformed',
  length: 'malformed',
  'not-canonical': 'malformed',
  'trailing-bytes': 'malformed',
  truncated: 'malformed',
  'unsafe-integer': 'malformed',
  version: 'malformed',
  oversize: 'oversize',
  // blocks: rules that hold or not whatever else one knows
  'wrong-network': 'forged-block',
  'wrong-height': 'forged-block',
  'time-not-after-parent': 'forged-block',
  'wrong-bits': 'forged-block',
  'insufficient-work': 'forged-block',
  'not-a-sealer': 'forged-block',
  'slot-taken': 'forged-block',
  'out-of-turn': 'forged-block',
  'wrong-root': 'forged-block',
  'wrong-transaction-network': 'forged-block',
  'bad-seal': 'forged-block',
  'bad-compact-signature': 'forged-block',
  // Whoever forwards a compact block has the block, and could compare.
  'wrong-short-ids': 'forged-block',
  // Of a transaction in a block or in a batch: either way whoever passed it on had to check it.
  'bad-signature': 'forged-transaction',
  // Of a member: whoever passed it on had to check it.
  'bad-record': 'forged-record',
  // answers
  unlinked: 'wrong-answer',
  'wrong-block': 'wrong-answer',
  'wrong-count': 'wrong-answer',
  undelivered: 'undelivered',
  withheld: 'withheld',
  // load
  'rate-limited': 'flood',
  'too-many-streams': 'flood',
  useless: 'useless',
  timeout: 'timeout',
  // elsewhere
  'other-network': 'stranger',
  'other-version': 'stranger',
  // state, which a block is forwarded ahead of; our clock, our tree, our mempool; the fault of a producer
  future: 'unprovable',
  'invalid-block': 'unprovable',
  'invalid-parent': 'unprovable',
  'unknown-header': 'unprovable',
  'nonce-used': 'unprovable',
  'nonce-gap': 'unprovable',
  'insufficient-funds': 'unprovable',
  expired: 'unprovable',
  overflow: 'unprovable',
  'below-min-fee': 'unprovable',
  outbid: 'unprovable',
  'mempool-full': 'unprovable',
  'bad-genesis': 'unprovable',
  'bad-state': 'unprovable',
  equivocation: 'unprovable'
}

/** The offence that a refusal's code stands for; what is not on the list is not held against anyone. */
export function offenceOf(code: string): Offence {
  return Object.hasOwn(OFFENCE_OF, code) ? OFFENCE_OF[code as RefusalCode] : 'unprovable'
}
