// Faults. In a file a fault says which nodes by a selector, and may last for a while; `planFaults` makes of all of them
// a list of single steps with names, which is all that an engine has to know.
import { z } from 'zod'
import { LOSS_MAX } from './links.ts'
import { nodeName } from './names.ts'
import { bitRate, durationMs, share } from './units.ts'

const PERCENT = String.raw`(?:100|\d{1,2})(?:\.\d+)?%`
const SELECTOR = new RegExp(`^(?:n[1-9]\\d*|${PERCENT})$`)

const SELECTORS = 'must be a name (n3), several ([n3, n4]), a number of random nodes (3) or a share of all (30%)'

const selector = z
  .union([z.int().min(1), z.string().regex(SELECTOR, SELECTORS), z.array(nodeName).min(1)], { error: SELECTORS })
  .describe(
    'Which nodes: a name (`n3`), several (`[n3, n4]`), a number of random ones (`3`) or a share of all (`30%`). ' +
      "Random ones are drawn from the run's seed, among those that are up."
  )
export type NodeSelector = z.infer<typeof selector>

const except = z
  .union([nodeName, z.array(nodeName)], { error: 'must be a name (n1) or several ([n1, n2])' })
  .describe('Names that a random choice leaves out.')
  .optional()

const groupList = z.array(selector).min(1).max(100)
const GROUPS = 'must be half, or a list of groups like [[n1, n2], [n3, n4]] or [30%]'
const groups = z.codec(z.union([groupList, z.literal('half')], { error: groupsProblem }), groupList, {
  decode: (value) => (value === 'half' ? ['50%'] : value),
  encode: (value) => value
})

/** What is wrong inside a list is told by what is wrong there. */
function groupsProblem({ input }: { input?: unknown }): string | undefined {
  return Array.isArray(input) ? undefined : GROUPS
}

const at = durationMs.describe('When, since the network was meshed.')
const lasting = {
  at,
  for: durationMs.describe('Undone after this long. Absent: it lasts.').optional()
}

export const faultSchema = z.discriminatedUnion('do', [
  z
    .strictObject({ do: z.literal('crash'), ...lasting, nodes: selector, except })
    .describe('Kills without warning, as `kill -9`. `for`: started again afterwards, with its data.'),
  z
    .strictObject({ do: z.literal('stop'), ...lasting, nodes: selector, except })
    .describe('Stops politely. `for`: started again afterwards.'),
  z.strictObject({ do: z.literal('restart'), at, nodes: selector, except }).describe('Kills and starts again at once.'),
  z
    .strictObject({ do: z.literal('wipe'), ...lasting, nodes: selector, except })
    .describe('Kills, loses the data (the key stays) and starts again: at once, or after `for`.'),
  z
    .strictObject({ do: z.literal('pause'), ...lasting, nodes: selector, except })
    .describe('The process stands still, as with SIGSTOP; its connections stay open.'),
  z
    .strictObject({ do: z.literal('join'), at, nodes: selector, except })
    .describe('These nodes are not there until now. n1 is only among them when it is named.'),
  z
    .strictObject({
      do: z.literal('partition'),
      ...lasting,
      groups: groups.describe('Who is together; nobody is in two. `half`: a random half, as `[50%]`.')
    })
    .describe(
      'What crosses between the groups vanishes, as with a black hole: TCP sends it again, and gives the connection up ' +
        'after 15 s. Nodes in no group are one more group. It takes the place of an earlier partition.'
    ),
  z.strictObject({ do: z.literal('heal'), at }).describe('Ends the partition.'),
  z
    .strictObject({ do: z.literal('cut'), at, nodes: selector, except })
    .describe('Closes every connection of these nodes; they may connect again.'),
  z
    .strictObject({
      do: z.literal('slow'),
      ...lasting,
      nodes: selector,
      except,
      latency: durationMs.describe('Added to the one-way delay of their links.').default(0),
      bandwidth: bitRate.describe('Of their access lines, each direction. Absent: as before.').optional(),
      loss: share(LOSS_MAX).describe('Share of packets lost on their links.').default(0)
    })
    .describe('Slows every link of these nodes.'),
  z
    .strictObject({
      do: z.literal('churn'),
      ...lasting,
      for: durationMs.describe('How long it goes on. Absent: to the end of the run.').optional(),
      rate: z.number().min(0).max(6000).describe('Crashes a minute in the whole network, a Poisson process.'),
      down: durationMs.describe('Each is started again after this long.'),
      except
    })
    .describe('Random nodes crash and come back. A node that is down is not chosen.')
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

/** The kinds of steps that a fault turns into. */
export function stepKinds(fault: FaultField): Fault['kind'][] {
  const lasts = !('for' in fault) || fault.for === undefined
  switch (fault.do) {
    case 'crash':
    case 'stop':
      return lasts ? [fault.do] : [fault.do, 'start']
    case 'restart':
    case 'churn':
      return ['crash', 'start']
    case 'wipe':
      return ['wipe', 'start']
    case 'join':
      return ['start']
    case 'pause':
      return lasts ? ['pause'] : ['pause', 'resume']
    case 'slow':
      return lasts ? ['slow'] : ['slow', 'restore']
    case 'partition':
      return lasts ? ['partition'] : ['partition', 'heal']
    case 'heal':
    case 'cut':
      return [fault.do]
  }
}
