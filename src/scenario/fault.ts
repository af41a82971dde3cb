// Faults. In a file a fault says which nodes by a selector, and may last for a while; `planFaults` makes of all of them
// a list of single steps with names, which is all that an engine has to know.
import { z } from 'zod'
import { bitRate, durationMs } from './units.ts'

/**
 * Which nodes: names (`n3` or `[n3, n4]`), a number of random ones (`3`), or a share of them (`30%`). Drawn from the
 * run's seed.
 */
const selector = z.union([z.int().min(1), z.string(), z.array(z.string()).min(1)])
export type NodeSelector = z.infer<typeof selector>

/** Names that a random choice leaves out. */
const except = z.union([z.string(), z.array(z.string())]).optional()

const when = {
  /** Since the network was meshed. */
  at: durationMs,
  /** Undone after this long; absent: it lasts. */
  for: durationMs.optional()
}

export const faultSchema = z.discriminatedUnion('do', [
  /** Kill without warning, as `kill -9`. `for`: started again afterwards, with its data. */
  z.strictObject({ ...when, do: z.literal('crash'), nodes: selector, except }),
  /** A polite stop. */
  z.strictObject({ ...when, do: z.literal('stop'), nodes: selector, except }),
  /** Kill and start again at once. */
  z.strictObject({ at: durationMs, do: z.literal('restart'), nodes: selector, except }),
  /** Kill, lose the data directory (the key stays), start again: at once, or after `for`. */
  z.strictObject({ ...when, do: z.literal('wipe'), nodes: selector, except }),
  /** The process stands still, as SIGSTOP; connections stay open. */
  z.strictObject({ ...when, do: z.literal('pause'), nodes: selector, except }),
  /** These nodes are not there until now. */
  z.strictObject({ at: durationMs, do: z.literal('join'), nodes: selector, except }),
  /** What crosses between the groups vanishes, connections stay open. Nodes in no group are one more group. */
  z.strictObject({ ...when, do: z.literal('partition'), groups: z.array(selector).min(1) }),
  /** Ends every partition. */
  z.strictObject({ at: durationMs, do: z.literal('heal') }),
  /** Closes every connection of these nodes; they may connect again. */
  z.strictObject({ at: durationMs, do: z.literal('cut'), nodes: selector, except }),
  /** Adds to the delay, limits the bandwidth or loses packets on every link of these nodes. */
  z.strictObject({
    ...when,
    do: z.literal('slow'),
    nodes: selector,
    except,
    latency: durationMs.default(0),
    bandwidth: bitRate.optional(),
    loss: z.number().min(0).max(0.5).default(0)
  }),
  /** Random nodes crash, `rate` a minute in all, each for `down`, until `for` is over (absent: the end). */
  z.strictObject({ ...when, do: z.literal('churn'), rate: z.number().min(0).max(6000), down: durationMs, except })
])

/** A fault as a scenario has it. */
export type FaultField = z.infer<typeof faultSchema>

/** One step that an engine takes, with the names of nodes. Steps that find nothing to do (a node is down) do nothing. */
export type Fault =
  | {
      readonly kind: 'crash' | 'stop' | 'wipe' | 'start' | 'pause' | 'resume' | 'cut'
      readonly nodes: readonly string[]
    }
  | { readonly kind: 'partition'; readonly groups: readonly (readonly string[])[] }
  | { readonly kind: 'heal' }
  | {
      readonly kind: 'slow'
      readonly nodes: readonly string[]
      /** Added to the one-way delay, ms. */
      readonly latencyMs: number
      /** bits/s in each direction; absent: as before. */
      readonly bandwidth?: number
      readonly loss: number
    }
  /** Ends `slow`. */
  | { readonly kind: 'restore'; readonly nodes: readonly string[] }

export interface PlannedFault {
  /** ms since the network was meshed. */
  readonly atMs: number
  readonly fault: Fault
}
