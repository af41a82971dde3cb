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
  return host.includes(':') ? firstHextets(host).join(':') : host
}

/** The first 32 bits of an IPv6 address. */
function firstHextets(host: string): string[] {
  const [before = '', after] = host.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const all = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail]
  return all.slice(0, 2).map((part) => part.replace(/^0+(?=.)/, ''))
}

/** Whether an address that someone told us may be dialled: an IP address with port and peer, and no name to look up. */
export function isDialable(address: string): boolean {
  return /^\/(?:ip4\/\d{1,3}(?:\.\d{1,3}){3}|ip6\/[0-9a-fA-F:.]{2,45})\/tcp\/[1-9]\d{0,4}\/p2p\/[1-9A-HJ-NP-Za-km-z]+$/.test(
    address
  )
}
