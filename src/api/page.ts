// The dashboard's page: its files come from whoever starts the API, and the browser is told to load and ask nothing
// from anywhere else. Its buttons carry a token that only a page of this very API can have.
import { z } from 'zod'
import { type Route, routesFor } from './route.ts'

/** The built page, as text. */
export interface PageFiles {
  readonly html: string
  readonly script: string
  readonly style: string
}

/** Header of requests from the page that change something. */
export const PAGE_TOKEN_HEADER = 'x-starling-page'

/** Where the token goes in the page's HTML. */
const PLACEHOLDER = '%STARLING_PAGE_TOKEN%'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY'
}

/** `token`: absent where nothing can be changed, and the page shows no buttons. */
export function pageRoutes<C>({ html, script, style }: PageFiles, token: string | undefined): readonly Route<C>[] {
  const { text } = routesFor<C>()
  const file = (path: string, media: string, content: string): Route<C> =>
    text({ path, summary: 'A file of the dashboard', media, headers: HEADERS, query: z.looseObject({}) }, () => content)
  return [
    file('/', 'text/html; charset=utf-8', html.replace(PLACEHOLDER, token ?? '')),
    file('/dashboard.js', 'text/javascript; charset=utf-8', script),
    file('/dashboard.css', 'text/css; charset=utf-8', style)
  ]
}
