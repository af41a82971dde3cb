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

/**
 * Addresses that are likely one owner's: /16 of IPv4, /32 of IPv6, a name for itself. On loopback everyone is one host,
 * so there the port counts.
 */
export function groupOf(address: string): string {
  const host = hostOf(address) ?? address
  if (isLoopback(host)) return `${host}:${/\/tcp\/(\d+)/.exec(address)?.[1] ?? ''}`
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host.split('.').slice(0, 2).join('.')
  return host.includes(':') ? hextets(host).slice(0, 2).join(':') : host
}

/**
 * What is refused with a peer: its IP address, or the /64 of IPv6 that one host has for itself. Undefined on loopback,
 * which everyone there shares.
 */
export function siteOf(address: string): string | undefined {
  const host = hostOf(address)
  if (host === undefined || isLoopback(host)) return undefined
  if (!host.includes(':')) return host
  const prefix = hextets(host).slice(0, 4).join(':')
  // IPv4 inside of IPv6 begins with zeros.
  return prefix === '0:0:0:0' ? host : `${prefix}::/64`
}

/** The eight parts of an IPv6 address, without leading zeros. */
function hextets(host: string): string[] {
  const [before = '', after] = host.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const all = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail]
  return all.map((part) => part.replace(/^0+(?=.)/, ''))
}

/** Whether an address that someone told us may be dialled: an IP address with port and peer, and no name to look up. */
export function isDialable(address: string): boolean {
  return /^\/(?:ip4\/\d{1,3}(?:\.\d{1,3}){3}|ip6\/[0-9a-fA-F:.]{2,45})\/tcp\/[1-9]\d{0,4}\/p2p\/[1-9A-HJ-NP-Za-km-z]+$/.test(
    address
  )
}
