// A rule was broken: which, where and when. Ends the run that it happened in.

/** What must hold at every step, and what must come after the network was healed. */
export type Rule =
  /** A node applied a block that breaks a rule of the chain. */
  | 'valid-blocks'
  /** Accounts are not what the blocks make of them, or money came from nowhere. */
  | 'balances'
  /** A transaction that a node acknowledged is neither on its chain, nor pending, nor superseded. */
  | 'nothing-lost'
  /** An honest node banned an honest one. */
  | 'no-honest-ban'
  /** A node failed, logged an error, or let an error go. */
  | 'no-failure'
  /** A structure outgrew its bound. */
  | 'bounded'
  /** What a node has stored does not hang together. */
  | 'sound-store'
  /** Honest nodes did not agree on one tip in time. */
  | 'one-tip'
  /** Mempools of honest nodes did not become equal in time. */
  | 'equal-mempools'
  /** An honest node did not list exactly the honest ones as alive in time. */
  | 'membership'
  /** A healed node did not come back. */
  | 'all-up'

export type Phase = 'faults' | 'healed'

export interface ViolationInit {
  readonly rule: Rule
  readonly phase: Phase
  /** Undefined: no single one. */
  readonly node: string | undefined
  /** Virtual ms since the start of the run. */
  readonly atMs: number
  /** One sentence. */
  readonly what: string
}

export class Violation extends Error {
  readonly code = 'violation'
  readonly init: ViolationInit

  constructor(init: ViolationInit) {
    super(init.what)
    this.name = 'Violation'
    this.init = init
  }
}
