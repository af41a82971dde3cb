// Who may ask. An API on loopback has no password, so it must not be reachable through a page in the user's browser:
// by a name that resolves to 127.0.0.1 (DNS rebinding), or by a request that another site sends (CSRF).
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { sha256 } from '../crypto/index.ts'
import { HttpFault } from './fault.ts'
import { PAGE_TOKEN_HEADER } from './page.ts'

export interface GuardInit {
  /** Address that the server listens on, as configured. */
  readonly host: string
  readonly token?: string | undefined
  /** What a browser must send, in `PAGE_TOKEN_HEADER`, with whatever changes something: only our own page has it. */
  readonly pageToken?: string | undefined
}

/** What a request asks for: a view, something that stays open (a stream, a long poll), or that something changes. */
export type Asked = 'view' | 'open' | 'change'

export interface Guard {
  /** Throws `HttpFault` unless the request may go on. */
  check(headers: IncomingHttpHeaders, asked: Asked): void
}

export function isLoopback(host: string): boolean {
  const name = bare(host)
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

export function createGuard({ host, token, pageToken }: GuardInit): Guard {
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`)
  const expectedOfPage = pageToken === undefined ? undefined : digest(pageToken)
  return {
    check(headers, asked) {
      checkHost(headers.host, host)
      if (expected !== undefined) checkToken(headers.authorization, expected)
      if (isForeign(headers) && !(asked === 'view' && isVisit(headers))) {
        throw new HttpFault(403, 'cross-site', 'Requests from other web sites are refused.')
      }
      if (asked === 'change' && expectedOfPage !== undefined && isBrowser(headers)) checkPage(headers, expectedOfPage)
    }
  }
}

/**
 * An IP address can't be rebound; a name must be ours. What listens on loopback is asked there and nowhere else: at
 * 0.0.0.0 or ::ffff:127.0.0.1, which lead there too, browsers don't say which site a request is from.
 */
function checkHost(header: string | undefined, host: string): void {
  const name = bare((header ?? '').replace(/:\d*$/, ''))
  const isOurs = isLoopback(host) ? isLoopback(name) : isIP(name) !== 0 || name === 'localhost'
  if (isOurs || name === bare(host)) return
  throw new HttpFault(
    403,
    'forbidden-host',
    'The Host header names a host that this API does not answer for.',
    'Use the address it was started with, such as http://127.0.0.1:7070.'
  )
}

/** Digests have one length and comparing them takes one time, whatever was sent. */
function checkToken(header: string | undefined, expected: Uint8Array): void {
  if (timingSafeEqual(digest(header ?? ''), expected)) return
  throw new HttpFault(
    401,
    'unauthorized',
    header === undefined ? 'This API needs a token.' : 'The token is not the one this API was started with.',
    'Send the header "Authorization: Bearer TOKEN".'
  )
}

/** Browsers say where a request comes from; programs send neither header. We speak http: a page over https is another's. */
function isForeign({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && originOf(origin) !== originOf(`http://${host}`)
}

/** Somebody followed a link from another site: what is answered fills a tab of its own, and that site can't read it. */
function isVisit({ origin, ...headers }: IncomingHttpHeaders): boolean {
  return origin === undefined && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

/** Browsers send at least one of these with everything but a plain visit; programs send neither. */
function isBrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}

/** Another page of this origin (a stale tab of an earlier run on the same port) must not press our buttons. */
function checkPage(headers: IncomingHttpHeaders, expected: Uint8Array): void {
  const token = headers[PAGE_TOKEN_HEADER]
  if (timingSafeEqual(digest(typeof token === 'string' ? token : ''), expected)) return
  throw new HttpFault(
    403,
    'not-this-page',
    'This is not the page that this testnet serves, so it can change nothing.',
    'Open the address that starling testnet printed.'
  )
}

/** Scheme, host and port, as browsers write them; undefined for what has none ("null"). */
function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}

/** Lower case, and an IPv6 address without its brackets. */
const bare = (host: string): string => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')

const digest = (text: string): Uint8Array => sha256(new TextEncoder().encode(text))
