// What the processes of the catch-up benchmark agree on.

export const RAW_PROTOCOL = '/starling/bench/raw/1'
export const RAW_CHUNK_BYTES = 64 * 1024

export interface ServerReady {
  /** Multiaddrs of the node that serves the chain, and of the host that sends raw bytes. */
  readonly node: readonly string[]
  readonly raw: readonly string[]
}
