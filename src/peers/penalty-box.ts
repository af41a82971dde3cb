// The one place where offences have consequences: it follows every refusal that names a peer, disconnects, bans, keeps
// bans across restarts, and has the host refuse the banned both ways.
import { penaltyDefaults } from '../config/index.ts'
import type { Host } from '../network/index.ts'
import { RecentMap, type Runtime } from '../runtime/index.ts'
import type { EventEmitter, NodeEvent } from '../trace/index.ts'
import { offenceOf } from './offences.ts'
import { type Ban, Penalties } from './penalties.ts'

export interface PenaltyBoxComponents {
  readonly host: Host
  readonly events: EventEmitter
  readonly runtime: Runtime
  /** Keeps the bans for the next start. A failure is the node's to notice: the ban holds until then. */
  readonly save: (bans: readonly Ban[]) => Promise<void>
}

export class PenaltyBox {
  readonly #components: PenaltyBoxComponents
  readonly #penalties: Penalties
  /** Where peers are, or were last: a liar may be gone before it is found out. */
  readonly #addresses = new RecentMap<string, string>(penaltyDefaults.scoresMax)
  #unsubscribe: (() => void)[] = []
  #saving: Promise<void> = Promise.resolve()

  /** @param remembered what `save` was given before the restart */
  constructor(components: PenaltyBoxComponents, remembered: unknown) {
    this.#components = components
    this.#penalties = new Penalties(remembered)
    components.host.refuse((peer, address) => this.isBanned(peer, address))
  }

  start(): void {
    const { events, host } = this.#components
    this.#unsubscribe = [
      events.subscribe((event) => this.#onEvent(event)),
      host.subscribe({ connected: ({ peer, address }) => this.#onConnected(peer, address) })
    ]
  }

  /** Resolves when what was to be kept is kept. */
  stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    return this.#saving
  }

  /** Whether a peer is refused, or everyone at the IP address of `address` is. */
  isBanned(peer: string | undefined, address?: string): boolean {
    return this.#penalties.isBanned(peer, address, this.#components.runtime.clock.now())
  }

  /** Bans in force, the one that ends first first. */
  bans(): Ban[] {
    return this.#penalties.bans(this.#components.runtime.clock.now())
  }

  /** Points against a peer: 50 end the connection, 100 ban. */
  score(peer: string): number {
    return this.#penalties.score(peer, this.#components.runtime.clock.now())
  }

  get size(): { readonly scores: number; readonly bans: number } {
    return this.#penalties.size
  }

  #onConnected(peer: string, address: string): void {
    this.#addresses.delete(peer)
    this.#addresses.set(peer, address)
  }

  #onEvent(event: NodeEvent): void {
    if (event.type !== 'rejected' || event.from === undefined) return
    const { runtime } = this.#components
    const { from } = event
    const { action, ban } = this.#penalties.report(
      from,
      offenceOf(event.code),
      runtime.clock.now(),
      this.#addresses.get(from)
    )
    if (action === 'none') return
    // In another turn: other sinks are to see the refusal before what follows from it.
    void Promise.resolve().then(() => this.#act(from, ban))
  }

  #act(peer: string, ban: Ban | undefined): void {
    const { host, events, runtime } = this.#components
    const logged = (error: unknown): void =>
      runtime.logger.warn('a penalty was not carried out', { peer, error: String(error) })
    host.disconnect(peer).catch(logged)
    if (ban === undefined) return
    const { reason, until } = ban
    runtime.logger.warn(`banned ${peer}: ${reason}`, { until })
    events.emit({ type: 'banned', peer, reason, until, at: runtime.clock.now() })
    this.#saving = this.#saving.then(() => this.#components.save(this.bans())).catch(logged)
  }
}
