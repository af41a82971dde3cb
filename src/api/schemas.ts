// What the HTTP API says, as schemas: the server answers with them, the OpenAPI document is made of them, and the
// client is typed by them. Browser-safe. Times are ms since the Unix epoch; amounts are integers below 2^53.
import { z } from 'zod'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

export const errorView = z
  .object({
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() })
  })
  .meta({ id: 'Error' })

export const headView = z.object({ height: z.int(), hash, work: z.string(), time: z.number() }).meta({ id: 'Head' })

export const statusView = z
  .object({
    version: z.string(),
    name: z.string().optional(),
    network: z.string(),
    genesis: hash,
    consensus: z.enum(['pow', 'authority']),
    peer: z.string(),
    addresses: z.array(z.string()),
    head: headView,
    sync: z.object({
      state: z.enum(['in-step', 'syncing']),
      /** Height of the best header that was checked. */
      target_height: z.int(),
      blocks_per_second: z.number().nullable(),
      seconds_left: z.number().nullable()
    }),
    producing: z.boolean(),
    peers: z.int(),
    mempool: z.object({ count: z.int(), bytes: z.int(), min_fee: z.int() }),
    uptime_s: z.number(),
    event_loop_lag_p99_ms: z.number()
  })
  .meta({ id: 'Status' })

export const peerView = z
  .object({
    peer: z.string(),
    address: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    connected_s: z.number(),
    mesh: z.array(z.enum(['block', 'transaction'])),
    /** gossipsub's score of it: below 0 for offenders. */
    score: z.number(),
    /** Points of offences: 50 end the connection, 100 ban; they halve in ten minutes. */
    penalty: z.number(),
    agent: z.string().optional(),
    head: z.object({ height: z.int(), hash }).optional()
  })
  .meta({ id: 'Peer' })

export const banView = z
  .object({
    peer: z.string(),
    /** Address that is refused too; absent on loopback. */
    ip: z.string().optional(),
    reason: z.string().describe('The offence that banned it.'),
    until: z.number().describe('Milliseconds since 1970.')
  })
  .meta({ id: 'Ban' })

export const memberState = z.enum(['alive', 'suspect', 'down', 'left'])

/** A member as this node sees it. */
export const memberView = z
  .object({
    peer: z.string(),
    self: z.boolean().describe('This node itself.'),
    state: memberState,
    phi: z.number().describe('−log10 of the probability that news of it would come later than now.'),
    heartbeat_age_s: z.number().describe('Seconds since this node heard its newest heartbeat.'),
    height: z.int().describe('Of its head, as its newest heartbeat says.'),
    head: z.string().describe('First 16 hex digits of the hash of its head.'),
    agent: z.string(),
    role: z.string(),
    tags: z.record(z.string(), z.string()),
    addresses: z.array(z.string()).readonly(),
    generation: z.int().describe('When it started, in seconds since 1970; higher after each start.'),
    version: z.int().describe('Counts its heartbeats and the changes of its profile since then.')
  })
  .meta({ id: 'Member' })

/** Tags to set; null removes one. */
export const tagsBody = z
  .strictObject({
    tags: z.record(z.string().min(1, 'a name'), z.string('text, or null to remove it').nullable())
  })
  .meta({ id: 'TagChanges' })
export const tagsView = z.object({ tags: z.record(z.string(), z.string()) }).meta({ id: 'Tags' })
export const leftView = z.object({ left: z.literal(true) }).meta({ id: 'Left' })

export const transactionView = z
  .object({
    id: hash,
    sender: hash,
    /** Name of a well-known development account. */
    sender_name: z.string().optional(),
    recipient: hash,
    recipient_name: z.string().optional(),
    amount: z.int(),
    fee: z.int(),
    nonce: z.int(),
    valid_until: z.int(),
    data: z.string(),
    bytes: z.int(),
    state: z.enum(['pending', 'included']),
    block: z.object({ hash, height: z.int() }).optional(),
    confirmations: z.int(),
    /** Peers that announced it to this node: what "seen" means against a bare node. */
    announced_by: z.int()
  })
  .meta({ id: 'Transaction' })

export const accountView = z
  .object({
    address: hash,
    name: z.string().optional(),
    balance: z.int(),
    /** Nonce of the next transaction the chain expects. */
    nonce: z.int(),
    /** Nonce to use next, pending transactions counted. */
    next_nonce: z.int(),
    /** Balance less what pending transactions spend. */
    available: z.int()
  })
  .meta({ id: 'Account' })

export const blockSummary = z
  .object({
    hash,
    height: z.int(),
    parent: hash,
    time: z.number(),
    producer: hash,
    bits: z.int(),
    transactions: z.int(),
    bytes: z.int()
  })
  .meta({ id: 'BlockSummary' })

export const blockView = blockSummary
  .extend({
    confirmations: z.int(),
    included: z.array(transactionView)
  })
  .meta({ id: 'Block' })

export const mempoolView = z
  .object({
    count: z.int(),
    bytes: z.int(),
    min_fee: z.int(),
    transactions: z.array(transactionView)
  })
  .meta({ id: 'Mempool' })

/** A signed transaction's bytes. */
export const submitBody = z
  .strictObject({
    transaction: z.string('hex of a signed transaction').regex(/^([0-9a-f]{2})+$/i, 'hex of a signed transaction')
  })
  .meta({ id: 'Submit' })
export const submitView = z.object({ id: hash }).meta({ id: 'Submitted' })

/** The process runs (`ok`), or the node can be used (`ready`). */
export const healthView = z.object({ status: z.enum(['ok', 'ready']) }).meta({ id: 'Health' })

/** Agreed to; the run ends after the answer. */
export const stopView = z.object({ stopping: z.literal(true) }).meta({ id: 'Stopping' })

/** Controller: one node of a testnet. */
export const testnetNodeView = z
  .object({
    name: z.string(),
    peer: z.string(),
    api: z.string(),
    addresses: z.array(z.string()),
    pid: z.int(),
    /** `paused`: its process stands still. */
    state: z.enum(['starting', 'up', 'paused', 'down']),
    height: z.int(),
    head: z.string(),
    peers: z.int()
  })
  .meta({ id: 'TestnetNode' })

export const testnetView = z
  .object({
    version: z.string(),
    scenario: z.string(),
    seed: z.int(),
    directory: z.string(),
    state: z.enum(['starting', 'running', 'draining', 'done']),
    started_at: z.number(),
    network: z.string(),
    nodes: z.array(testnetNodeView)
  })
  .meta({ id: 'Testnet' })

/** Controller: one block or transaction and how it spread. */
export const itemView = z
  .object({
    id: hash,
    kind: z.enum(['block', 'transaction']),
    origin: z.string(),
    published_at: z.number(),
    height: z.int().optional(),
    nodes: z.int(),
    /** Nodes that hold it, the origin included. */
    holders: z.int(),
    /** Time from publication until the last holder so far, ms. */
    spread_ms: z.number().nullable(),
    /** Transactions: the block on the chain that contains it. */
    included: z.object({ hash, height: z.int(), after_ms: z.number() }).optional(),
    deliveries: z.array(
      z.object({
        node: z.string(),
        latency_ms: z.number(),
        via: z.enum(['own', 'gossip', 'requested', 'repair']),
        from: z.string().optional()
      })
    )
  })
  .meta({ id: 'Item' })

/** The genesis file as it stands on disk: what a new node needs to join. */
export const genesisView = z
  .object({
    schema: z.literal('starling-genesis/1'),
    name: z.string(),
    time: z.number(),
    consensus: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('pow'), intervalMs: z.number(), halfLifeMs: z.number(), bits: z.int() }),
      z.object({ kind: z.literal('authority'), slotMs: z.number(), sealers: z.array(hash).readonly() })
    ]),
    reward: z.int(),
    accounts: z.array(z.object({ address: hash, balance: z.int() })).readonly()
  })
  .meta({ id: 'Genesis' })

const names = z.array(z.string('a list of names'), 'a list of names').min(1, 'at least one name').max(10_000, 'shorter')
const forMs = z
  .number('a number of milliseconds')
  .min(0, 'at least 0')
  .max(2 ** 31 - 1, 'shorter than 25 days')
  .optional()

/** A fault to cause now. With `for_ms` it is undone after so long. */
export const faultBody = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        /** `restart`: a crash and a start. `wipe`: a crash, its data is lost, and it starts at once or after `for_ms`. */
        kind: z.enum(['crash', 'stop', 'wipe', 'pause']),
        nodes: names,
        for_ms: forMs
      }),
      z.strictObject({ kind: z.enum(['start', 'restart', 'resume', 'cut', 'restore']), nodes: names }),
      /** Nodes in no group are one more. */
      z.strictObject({
        kind: z.literal('partition'),
        groups: z.array(names, 'a list of groups').min(1, 'at least one group'),
        for_ms: forMs
      }),
      z.strictObject({ kind: z.literal('heal') }),
      z.strictObject({
        kind: z.literal('slow'),
        nodes: names,
        /** Added to the one-way delay of each of their links, both ways. */
        latency_ms: z.number('a number of milliseconds').min(0, 'at least 0').max(60_000, 'at most 60000').default(0),
        /** Limit of their access lines, bits per second. */
        bandwidth_bps: z.number('a number of bits per second').min(1000, 'at least 1000').optional(),
        loss: z.number('a share').min(0, 'at least 0').max(0.5, 'at most 0.5').default(0),
        for_ms: forMs
      })
    ],
    'crash, stop, start, restart, wipe, pause, resume, cut, partition, heal, slow or restore'
  )
  .meta({ id: 'Fault' })

/** What came of it. */
export const faultView = z
  .object({
    kind: z.string(),
    /** Nodes that it happened to; those in no state for it (down already, not paused) are left out. */
    nodes: z.array(z.string()),
    /** What a person should know. */
    notes: z.array(z.string())
  })
  .meta({ id: 'FaultDone' })

/** A payment of a development account, signed by the controller. */
export const paymentBody = z
  .strictObject({
    from: z.string('the name of a development account').max(16, 'the name of a development account'),
    to: z
      .string()
      .regex(/^([0-9a-fA-F]{64}|[a-z]{1,16})$/, 'an address (64 hex digits) or a development account such as "bob"'),
    amount: z.int('a whole number').min(1, 'at least 1').max(Number.MAX_SAFE_INTEGER, 'below 2^53'),
    fee: z.int('a whole number').min(0, 'at least 0').max(Number.MAX_SAFE_INTEGER, 'below 2^53').default(1),
    /** The node that takes it; the first that runs when absent. */
    node: z.string('the name of a node').max(64, 'the name of a node').optional()
  })
  .meta({ id: 'Payment' })

export type PaymentOrder = z.infer<typeof paymentBody>
export type FaultOrder = z.infer<typeof faultBody>
export type FaultView = z.infer<typeof faultView>
export type ErrorView = z.infer<typeof errorView>
export type HeadView = z.infer<typeof headView>
export type StatusView = z.infer<typeof statusView>
export type MemberView = z.infer<typeof memberView>
export type PeerView = z.infer<typeof peerView>
export type BanView = z.infer<typeof banView>
export type TransactionView = z.infer<typeof transactionView>
export type AccountView = z.infer<typeof accountView>
export type BlockSummary = z.infer<typeof blockSummary>
export type BlockView = z.infer<typeof blockView>
export type MempoolView = z.infer<typeof mempoolView>
export type TestnetNodeView = z.infer<typeof testnetNodeView>
export type TestnetView = z.infer<typeof testnetView>
export type ItemView = z.infer<typeof itemView>
export type GenesisView = z.infer<typeof genesisView>
