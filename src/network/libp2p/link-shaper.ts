// Link shaping without root: what a node's connections have in common. The table says what lies between this node and
// each peer; it may change while the node runs (a partition, a slow link), and every connection follows.
import type { Runtime } from '../../runtime/index.ts'
import { AccessLine } from './access-line.ts'

/** What lies between this node and a peer, in this direction. */
export interface PeerLink {
  /** One-way delay, ms. */
  readonly delayMs: number
  /** Share of packets lost. */
  readonly loss: number
  /** A black hole: what is sent crosses at its next resend after this ends, or never (`PATIENCE_MS`). */
  readonly blocked: boolean
}

export interface LinkTable {
  /** For peers that are not in `peers`, and for an inbound connection until its handshake has said whose it is. */
  readonly others: PeerLink
  /** By peer id. */
  readonly peers: ReadonlyMap<string, PeerLink>
  /** What crosses is delayed by up to this much more, ms, drawn evenly each time; the order is kept. */
  readonly jitterMs: number
  /** The access line, bits per second, shared fairly by the node's connections. Infinity: unlimited. */
  readonly upBps: number
  readonly downBps: number
}

/** The same delay to everyone, and nothing else. */
export function constantDelay(delayMs: number): LinkTable {
  return {
    others: { delayMs, loss: 0, blocked: false },
    peers: new Map(),
    jitterMs: 0,
    upBps: Infinity,
    downBps: Infinity
  }
}

/** What a connection does when the table changes, and at the end. */
export interface Shaped {
  onTable(): void
  /** Ends what was held back from ending: nothing may stay open behind a host that stops. */
  release(): void
}

export class LinkShaper {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'random'>
  readonly up: AccessLine
  readonly down: AccessLine
  readonly #connections = new Set<Shaped>()
  #table: LinkTable

  constructor(runtime: Pick<Runtime, 'clock' | 'timers' | 'random'>, table: LinkTable) {
    this.runtime = runtime
    this.#table = table
    this.up = new AccessLine(runtime, table.upBps)
    this.down = new AccessLine(runtime, table.downBps)
  }

  get jitterMs(): number {
    return this.#table.jitterMs
  }

  /** `peer`: undefined while it is unknown. */
  link(peer: string | undefined): PeerLink {
    return (peer === undefined ? undefined : this.#table.peers.get(peer)) ?? this.#table.others
  }

  update(table: LinkTable): void {
    this.#table = table
    this.up.bps = table.upBps
    this.down.bps = table.downBps
    for (const connection of [...this.#connections]) connection.onTable()
  }

  join(connection: Shaped): void {
    this.#connections.add(connection)
  }

  leave(connection: Shaped): void {
    this.#connections.delete(connection)
  }

  /** The host has stopped. */
  stop(): void {
    for (const connection of [...this.#connections]) connection.release()
  }
}
