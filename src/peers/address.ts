// What of a multiaddr matters to whom we connect to. Pure.

/** The peer id at the end of a multiaddr. */
export function peerOf(address: string): string | undefined {
  return /\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(address)?.[1]
}

/** The IP address or name at the start of a multiaddr. */
export function hostOf(address: string): string | undefined {
  return /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)/.exec(address)?.[1]?.toLowerCase()
}

export function isLoopback(host: string): boolean {
  return /^127\.|^::1$|^localhost$|^::ffff:127\./.test(host)
}
