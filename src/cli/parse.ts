// Words from the command line as values, or one sentence that says what was expected.
import { isIP } from 'node:net'
import { fromHex, TRANSACTION_DATA_MAX_BYTES } from '../wire/index.ts'
import { usageError } from './errors.ts'

/** A parser for commander of whole numbers in a range. `what` names the value in the complaint. */
export function wholeNumber(what: string, min = 0, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max && Number.isSafeInteger(value)) return value
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} up to 2^53 - 1` : `from ${min} to ${max}`
    throw usageError(`${what} is a whole number ${range}, not "${text}".`)
  }
}

/** A parser of positive, possibly fractional numbers. */
export function positiveNumber(what: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    if (value > 0) return value
    throw usageError(`${what} is a number above 0, not "${text}".`)
  }
}

/** Bytes of a transaction's data, as hex with or without 0x. */
export function hexData(text: string): Uint8Array {
  try {
    const bytes = fromHex(text.replace(/^0x/i, ''))
    if (bytes.length <= TRANSACTION_DATA_MAX_BYTES) return bytes
  } catch {
    throw usageError(`--data is an even number of hex digits, not "${abbreviate(text)}".`)
  }
  throw usageError(`--data holds at most ${TRANSACTION_DATA_MAX_BYTES} bytes.`)
}

/** Milliseconds of `250ms`, `3s`, `2m`. */
export async function durationOf(flag: string, text: string): Promise<number> {
  const { durationProblem, parseDuration } = await import('../scenario/index.ts')
  const ms = parseDuration(text)
  if (ms === undefined) throw usageError(`${flag} ${durationProblem(text)}.`)
  return ms
}

export interface Listen {
  readonly host: string
  readonly port: number
}

/** `HOST:PORT`, `[::1]:PORT`, `:PORT` or `PORT`. */
export function hostAndPort(text: string): Listen {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:[\]]*):)?(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) throw usageError(`--api is HOST:PORT, like 127.0.0.1:7070, not "${text}".`)
  const host = match[1]?.replace(/^\[|\]$/g, '')
  return { host: host === undefined || host === '' ? '127.0.0.1' : host, port }
}

const PORT_MAX = 65_535
const MULTIADDR = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(\/p2p\/[1-9A-HJ-NP-Za-km-z]+)?$/

/** A multiaddr over TCP: `dialable` ones name their peer, the others an address of this machine. Throws what is wrong. */
export function multiaddress(flag: string, text: string, dialable = false): string {
  const [, kind = '', host = '', port, peer] = MULTIADDR.exec(text) ?? []
  if (port === undefined || (peer !== undefined) !== dialable || (!dialable && kind.startsWith('dns'))) {
    const example = dialable ? '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW…' : '/ip4/127.0.0.1/tcp/4001'
    throw usageError(`${flag} is a multiaddr like ${example}, not "${text}".`)
  }
  if (Number(port) > PORT_MAX) throw usageError(`${flag} is malformed: ${port} is no port (0 to ${PORT_MAX}).`)
  const version = { ip4: 4, ip6: 6 }[kind]
  if (version !== undefined && isIP(host) !== version) {
    throw usageError(`${flag} is malformed: ${host} is no IPv${version} address.`)
  }
  return text
}

/** Gathers a flag that may be given several times. */
export function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** What a person typed, short enough to repeat in a sentence. */
export function abbreviate(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 20)}…`
}

/** The same for a path: its end says most, and is where the mistake is. */
export function abbreviatePath(path: string): string {
  return path.length <= 80 ? path : `…${path.slice(-79)}`
}
