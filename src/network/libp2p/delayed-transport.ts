// Wraps a libp2p transport so that every connection it makes is a DelayedConnection. The transport hands raw
// connections to an upgrader: that is where they are exchanged.
import {
  type Connection,
  type CreateListenerOptions,
  type DialTransportOptions,
  type Listener,
  type MultiaddrConnection,
  type Transport,
  transportSymbol,
  type Upgrader,
  type UpgraderOptions
} from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Runtime } from '../../runtime/index.ts'
import { DelayedConnection } from './delayed-connection.ts'

/**
 * The same transport with a constant one-way delay on what it sends.
 * @param latencyMs milliseconds, above 0
 */
export function withLatency<Components>(
  factory: (components: Components) => Transport,
  latencyMs: number,
  runtime: Runtime
): (components: Components) => Transport {
  return (components) => new DelayedTransport(factory(components), latencyMs, runtime)
}

class DelayedTransport implements Transport {
  readonly [Symbol.toStringTag] = '@starling/delayed-transport'
  readonly [transportSymbol] = true as const
  readonly #inner: Transport
  readonly #latencyMs: number
  readonly #runtime: Runtime

  constructor(inner: Transport, latencyMs: number, runtime: Runtime) {
    this.#inner = inner
    this.#latencyMs = latencyMs
    this.#runtime = runtime
  }

  dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    return this.#inner.dial(address, { ...options, upgrader: this.#delaying(options.upgrader) })
  }

  createListener(options: CreateListenerOptions): Listener {
    return this.#inner.createListener({ ...options, upgrader: this.#delaying(options.upgrader) })
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return this.#inner.listenFilter(addresses)
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return this.#inner.dialFilter(addresses)
  }

  #delaying(upgrader: Upgrader): Upgrader {
    const delay = (connection: MultiaddrConnection): MultiaddrConnection =>
      new DelayedConnection(connection, this.#latencyMs, this.#runtime)
    return {
      upgradeOutbound: (connection: MultiaddrConnection, options: UpgraderOptions) =>
        upgrader.upgradeOutbound(delay(connection), options),
      upgradeInbound: (connection: MultiaddrConnection, options: UpgraderOptions) =>
        upgrader.upgradeInbound(delay(connection), options),
      createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
      getStreamMuxers: () => upgrader.getStreamMuxers(),
      getConnectionEncrypters: () => upgrader.getConnectionEncrypters()
    }
  }
}
