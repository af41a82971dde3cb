// What the rest of the house may know of time, chance and the machine. The virtual engine supplies another set of
// these; code outside this room never touches Date, timers, Math.random or crypto randomness itself.

/** One clock for all processes of a machine. */
export interface Clock {
  /** Milliseconds since the Unix epoch, fractional, never stepping back; forward it leaps after a sleep of the machine. */
  now(): number
}

export interface TimerHandle {
  /** Cancels the timer; calling it again, or after the timer fired, does nothing. */
  cancel(): void
}

export interface Timers {
  after(ms: number, fn: () => void): TimerHandle
  every(ms: number, fn: () => void): TimerHandle
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Runs `work` with a signal that aborts after `ms` (or with `parent`), and always releases the timer. Rejects with
   * a `TimeoutError` when time ran out first, even if `work` ignores its signal.
   */
  within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, parent?: AbortSignal): Promise<T>
}

/** Seeded pseudo-randomness: decisions that must be repeatable. Never for keys. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, bound). */
  int(bound: number): number
  /** Exponentially distributed with the given mean. */
  exponential(mean: number): number
  /** A uniform element; `undefined` for an empty list. */
  pick<T>(items: readonly T[]): T | undefined
  /** A new list in uniformly random order. */
  shuffle<T>(items: readonly T[]): T[]
  /** An independent generator derived from this one's seed and a label (does not advance this one). */
  fork(label: string): Random
}

/** Unpredictable bytes: keys and salts. */
export interface Entropy {
  bytes(length: number): Uint8Array
}

export interface SignatureCheck {
  /** Raw 32-byte ed25519 public key. */
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** Checks ed25519 signatures off the event loop. In flight bounded; `urgent` checks (blocks) go first. */
export interface Verifier {
  verify(check: SignatureCheck, urgent?: boolean): Promise<boolean>
  /** True when all hold. Stops early at the first that does not. */
  verifyAll(checks: readonly SignatureCheck[], urgent?: boolean): Promise<boolean>
}

/**
 * Work that is the same on every node of a process, done once. A key says all that its value depends on, and values are
 * never changed, at most added to by the same rule: it saves recomputing, and decides nothing.
 */
export interface Interner {
  /** What `make` gave for this kind and key before, or gives now. What it throws is not remembered. */
  intern<T>(kind: string, key: string, make: () => T): T
  /** The same for what `make` gave for these very bytes (the same place in the same buffer), which nobody changes. */
  ofBytes<T>(kind: string, bytes: Uint8Array, make: () => T): T
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Logger
}

export interface Runtime {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly entropy: Entropy
  readonly verifier: Verifier
  readonly logger: Logger
  readonly interner: Interner
  /** Lets the event loop handle everything that is waiting, then continues. */
  yield(): Promise<void>
  /** Where time is simulated: resolves when checking a block would be done. A real machine takes its time by itself. */
  blockChecked?(): Promise<void>
}
