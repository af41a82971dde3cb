// The rules of the swarm, looked at while a simulation runs: safety at every step of every honest node's chain and each
// virtual second, liveness once the network is healed.
import { LEDGER_LIMITS, MEMPOOL_LIMITS, penaltyDefaults } from '../../src/config/index.ts'
import type { VirtualNode } from '../../src/engine/virtual/virtual-node.ts'
import type { WorldView, WorldWatch } from '../../src/engine/virtual/watch.ts'
import type { NodeComponents } from '../../src/node/index.ts'
import type { Logger } from '../../src/runtime/index.ts'
import { verifyStore } from '../../src/store/index.ts'
import type { FaultEvent, NodeEvent } from '../../src/trace/index.ts'
import type { Hex, Transaction } from '../../src/wire/index.ts'
import type { HealPlan } from './plan.ts'
import { ReferenceLedger } from './reference.ts'
import { type Phase, type Rule, Violation, type ViolationInit } from './violation.ts'

/** So long after the end of production honest nodes may take to agree on everything, virtual ms. */
export const HEALED_WITHIN_MS = 60_000
/** Events kept for who looks at a failure. */
const TAIL_MAX = 400

interface Problem {
  readonly rule: Rule
  readonly node?: string
  readonly what: string
}

export interface RulesInit {
  readonly heal: HealPlan
  /** Breaks a rule on purpose. */
  readonly sabotage?: ((name: string, components: NodeComponents) => NodeComponents) | undefined
  /** Keeps the last events. */
  readonly keepTail: boolean
}

export interface RulesCounters {
  /** Blocks judged, of all branches. */
  readonly blocks: number
  /** Heads of honest nodes whose accounts were compared. */
  readonly heads: number
  readonly acknowledged: number
}

export class SwarmRules implements WorldWatch {
  readonly healedProductionMs: number
  readonly #init: RulesInit
  readonly #byName = new Map<string, VirtualNode>()
  readonly #honestPeers = new Map<string, string>()
  readonly #acknowledged = new Map<string, Map<Hex, Transaction>>()
  readonly #tail: string[] = []
  /** What events showed; the next look throws it. */
  #broken: Violation | undefined
  #view: WorldView | undefined
  #reference: ReferenceLedger | undefined
  #startedAt = 0
  #healedAt: number | undefined
  #heads = 0
  #acknowledgements = 0

  constructor(init: RulesInit) {
    this.#init = init
    this.healedProductionMs = init.heal.productionMs
  }

  get counters(): RulesCounters {
    return { blocks: (this.#reference?.size ?? 1) - 1, heads: this.#heads, acknowledged: this.#acknowledgements }
  }

  /** The last events, one line each; empty unless they were to be kept. */
  get tail(): readonly string[] {
    return this.#tail
  }

  readonly equip = (name: string, components: NodeComponents): NodeComponents => {
    const { runtime } = components
    const logger = errorsTo(runtime.logger, (message, fields) =>
      this.#broke('no-failure', name, `${message} ${JSON.stringify(fields ?? {})}`)
    )
    const equipped = { ...components, runtime: { ...runtime, logger } }
    return this.#init.sabotage?.(name, equipped) ?? equipped
  }

  onBuilt(view: WorldView): void {
    this.#view = view
    this.#startedAt = view.now()
    this.#reference = new ReferenceLedger(view.genesis)
    for (const node of view.nodes) {
      if (!node.isHonest) continue
      this.#byName.set(node.name, node)
      this.#honestPeers.set(node.node.host.peerId, node.name)
      this.#acknowledged.set(node.name, new Map())
    }
  }

  onEvent(name: string, event: NodeEvent | FaultEvent): void {
    this.#keep(name, event)
    const node = this.#byName.get(name)
    if (node === undefined) return
    if (event.type === 'head') this.#checkLedger(node)
    else if (event.type === 'banned') {
      const victim = this.#honestPeers.get(event.peer)
      if (victim !== undefined) this.#broke('no-honest-ban', name, `${name} banned ${victim}: ${event.reason}`)
    } else if (event.type === 'fault') {
      // Who lost its data owes nothing any more.
      if (event.fault === 'wipe') this.#acknowledged.get(name)?.clear()
    }
  }

  onAcknowledged(name: string, transaction: Transaction): void {
    this.#acknowledgements++
    this.#acknowledged.get(name)?.set(transaction.id, transaction)
  }

  /** An error that nobody took. */
  onUnhandled(error: unknown): void {
    this.#broke('no-failure', undefined, `an error that nobody took: ${stackOf(error)}`)
  }

  async inspect(): Promise<void> {
    this.#throwBroken()
    for (const node of this.#byName.values()) {
      if (node.state !== 'up' && node.state !== 'paused') continue
      if (node.node.state === 'failed') this.#fail('no-failure', node.name, `${node.name} has failed`)
      this.#checkBounds(node)
      await this.#checkAcknowledged(node, true)
    }
    this.#throwBroken()
  }

  async isHealed(): Promise<boolean> {
    const now = this.#now()
    this.#healedAt ??= now
    const late = this.#disagreement()
    if (late === undefined) {
      await this.#checkAtEnd()
      return true
    }
    if (now - this.#healedAt >= HEALED_WITHIN_MS) this.#fail(late.rule, late.node, late.what)
    return false
  }

  /** The first thing that healed nodes do not agree on. */
  #disagreement(): Problem | undefined {
    const nodes = [...this.#byName.values()]
    const absent = nodes.find((node) => node.state !== 'up' || node.node.state !== 'started')
    if (absent !== undefined) {
      return { rule: 'all-up', node: absent.name, what: `${absent.name} is ${absent.state}, ${absent.node.state}` }
    }
    const [first] = nodes
    if (first === undefined) return undefined
    const tip = ({ node: { chain } }: VirtualNode): string => `${chain.head.height} ${chain.head.hash.slice(0, 8)}`
    const other = nodes.find((node) => node.node.chain.head.hash !== first.node.chain.head.hash)
    if (other !== undefined) {
      return {
        rule: 'one-tip',
        node: other.name,
        what: `after ${HEALED_WITHIN_MS / 1000} s ${first.name} is at ${tip(first)}, ${other.name} at ${tip(other)}`
      }
    }
    for (const node of nodes) {
      const missing = difference(first, node) ?? difference(node, first)
      if (missing !== undefined) return { rule: 'equal-mempools', node: node.name, what: missing }
    }
    for (const node of nodes) {
      const wrong = this.#memberProblem(node)
      if (wrong !== undefined) return { rule: 'membership', node: node.name, what: wrong }
    }
    return undefined
  }

  /** Alive are all honest nodes, and nobody else: those that misbehaved have been stopped. */
  #memberProblem({ name, node: { membership } }: VirtualNode): string | undefined {
    if (membership === undefined) return undefined
    const alive = new Set(membership.find({ state: 'alive' }).map(({ peer }) => peer))
    for (const [peer, other] of this.#honestPeers) {
      const state = membership.find().find((member) => member.peer === peer)?.state ?? 'unknown'
      if (!alive.delete(peer)) return `to ${name}, ${other} is ${state}`
    }
    const [ghost] = alive
    const lies = this.#view?.nodes.find(({ node }) => node.host.peerId === ghost)?.name
    return ghost === undefined ? undefined : `to ${name}, ${lies ?? ghost} is alive, which was stopped`
  }

  /** Everything that takes too long to look at all the time. */
  async #checkAtEnd(): Promise<void> {
    for (const node of this.#byName.values()) {
      this.#checkLedger(node)
      await this.#checkAcknowledged(node, false)
      for await (const { height, problems } of verifyStore(node.node.store)) {
        const [problem] = problems
        if (problem !== undefined) this.#fail('sound-store', node.name, `${problem} (looked at height ${height})`)
      }
    }
    this.#throwBroken()
  }

  /** The node's whole chain from the last block that was judged on, and its accounts. */
  #checkLedger(node: VirtualNode): void {
    if (this.#broken !== undefined) return
    const wrong = this.#ledgerProblem(node)
    if (wrong === undefined) this.#heads++
    else this.#broke(wrong.rule, node.name, wrong.what)
  }

  #ledgerProblem({ node: { chain, store } }: VirtualNode): Problem | undefined {
    const reference = this.#reference
    if (reference === undefined) return undefined
    const fresh: Hex[] = []
    for (let height = chain.head.height; height > 0; height--) {
      const hash = chain.hashAt(height)
      if (hash === undefined) return { rule: 'valid-blocks', what: `its chain has no block at height ${height}` }
      if (reference.has(hash)) break
      fresh.push(hash)
    }
    for (const hash of fresh.reverse()) {
      const bytes = store.blockBytes(hash)
      const missing = `block ${hash} of its chain is not stored`
      const what = bytes === undefined ? missing : reference.judge(hash, bytes, this.#now())
      if (what !== undefined) return { rule: 'valid-blocks', what }
    }
    const what = reference.accountsProblem(chain.head.hash, chain.accounts())
    return what === undefined ? undefined : { rule: 'balances', what }
  }

  /** `orJournal`: what only its journal has, for the mempool to take when it can, is not lost. */
  async #checkAcknowledged({ name, node }: VirtualNode, orJournal: boolean): Promise<void> {
    const { chain, mempool, store } = node
    let journaled: ReadonlySet<Hex> | undefined
    for (const { id, sender, nonce } of this.#acknowledged.get(name)?.values() ?? []) {
      if (mempool.has(id) || store.locate(id) !== undefined || chain.account(sender).nonce > nonce) continue
      if (mempool.byAccount(sender).some((pending) => pending.sender === sender && pending.nonce === nonce)) continue
      if (orJournal) {
        journaled ??= await journalOf(node.store)
        if (journaled.has(id)) continue
      }
      this.#fail('nothing-lost', name, `transaction ${id} (nonce ${nonce}) was acknowledged by ${name} and is gone`)
    }
  }

  #checkBounds({ name, node }: VirtualNode): void {
    const { mempool, chain, penalties, host } = node
    const nodes = this.#view?.nodes.length ?? 0
    const within: readonly (readonly [what: string, size: number, max: number])[] = [
      ['transactions in the mempool', mempool.size, MEMPOOL_LIMITS.maxCount],
      ['bytes in the mempool', mempool.bytes, MEMPOOL_LIMITS.maxBytes],
      ['headers', chain.headerCount, chain.head.height + 1 + LEDGER_LIMITS.maxSideHeaders],
      ['penalty scores', penalties.size.scores, penaltyDefaults.scoresMax],
      ['bans', penalties.size.bans, penaltyDefaults.bansMax],
      ['connections', host.connections().length, nodes - 1],
      ['failed handlers of gossip', node.gossip.counters().failedHandlers, 0]
    ]
    for (const [what, size, max] of within) {
      if (size > max) this.#fail('bounded', name, `${size} ${what}, at most ${max} are allowed`)
    }
  }

  #now(): number {
    return this.#view?.now() ?? 0
  }

  #violation(rule: Rule, node: string | undefined, what: string): Violation {
    const phase: Phase = this.#healedAt === undefined ? 'faults' : 'healed'
    const init: ViolationInit = { rule, phase, node, atMs: Math.round(this.#now() - this.#startedAt), what }
    return new Violation(init)
  }

  #broke(rule: Rule, node: string | undefined, what: string): void {
    this.#broken ??= this.#violation(rule, node, what)
  }

  #fail(rule: Rule, node: string | undefined, what: string): never {
    throw this.#violation(rule, node, what)
  }

  #throwBroken(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  #keep(name: string, event: NodeEvent | FaultEvent): void {
    if (!this.#init.keepTail) return
    const { at, type, ...rest } = event
    const seconds = ((at - this.#startedAt) / 1000).toFixed(3).padStart(8)
    this.#tail.push(`${seconds} ${name.padEnd(4)} ${type} ${JSON.stringify(rest)}`)
    if (this.#tail.length > 2 * TAIL_MAX) this.#tail.splice(0, TAIL_MAX)
  }
}

/** What the first has pending and the second has not. */
function difference(one: VirtualNode, other: VirtualNode): string | undefined {
  for (const { id, nonce } of one.node.mempool.values()) {
    if (!other.node.mempool.has(id)) {
      const sizes = `${one.node.mempool.size} and ${other.node.mempool.size} are pending`
      return `${one.name} holds transaction ${id} (nonce ${nonce}) and ${other.name} does not; ${sizes}`
    }
  }
  return undefined
}

async function journalOf(store: NodeComponents['store']): Promise<ReadonlySet<Hex>> {
  const ids = new Set<Hex>()
  for await (const { id } of store.journaled()) ids.add(id)
  return ids
}

function errorsTo(logger: Logger, onError: Logger['error']): Logger {
  return {
    debug: (...line) => logger.debug(...line),
    info: (...line) => logger.info(...line),
    warn: (...line) => logger.warn(...line),
    error: onError,
    child: (fields) => errorsTo(logger.child(fields), onError)
  }
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
