// Wraps a libp2p transport so that every connection it makes is a ShapedConnection. The transport hands raw
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
import type { LinkShaper } from './link-shaper.ts'
import { ShapedConnection } from './shaped-connection.ts'

/** The same transport under link shaping. */
export function shapedBy<Components>(
  factory: (components: Components) => Transport,
  shaper: LinkShaper
): (components: Components) => Transport {
  return (components) => new ShapedTransport(factory(components), shaper)
}

class ShapedTransport implements Transport {
  readonly [Symbol.toStringTag] = '@starling/shaped-transport'
  readonly [transportSymbol] = true as const
  readonly #inner: Transport
  readonly #shaper: LinkShaper

  constructor(inner: Transport, shaper: LinkShaper) {
    this.#inner = inner
    this.#shaper = shaper
  }

  dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const peer = address.getComponents().findLast(({ name }) => name === 'p2p')?.value
    return this.#inner.dial(address, { ...options, upgrader: this.#shaping(options.upgrader, peer) })
  }

  createListener(options: CreateListenerOptions): Listener {
    return this.#inner.createListener({ ...options, upgrader: this.#shaping(options.upgrader, undefined) })
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return this.#inner.listenFilter(addresses)
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return this.#inner.dialFilter(addresses)
  }

  #shaping(upgrader: Upgrader, peer: string | undefined): Upgrader {
    const shape = (connection: MultiaddrConnection): MultiaddrConnection =>
      new ShapedConnection(connection, peer, this.#shaper)
    return {
      upgradeOutbound: (connection: MultiaddrConnection, options: UpgraderOptions) =>
        upgrader.upgradeOutbound(shape(connection), options),
      upgradeInbound: (connection: MultiaddrConnection, options: UpgraderOptions) =>
        upgrader.upgradeInbound(shape(connection), options),
      createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
      getStreamMuxers: () => upgrader.getStreamMuxers(),
      getConnectionEncrypters: () => upgrader.getConnectionEncrypters()
    }
  }
}
