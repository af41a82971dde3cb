// What the servers throw: faults of a request, and faults of a start.

/** A request that gets an error for an answer. `code` is stable and safe as a metric label. */
export class HttpFault extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  constructor(status: number, code: string, message: string, hint?: string) {
    super(message)
    this.name = 'HttpFault'
    this.status = status
    this.code = code
    this.hint = hint
  }
}

export type ApiStartErrorCode = 'port-in-use' | 'port-denied' | 'bad-address' | 'token-required'

/** An API that could not start listening. */
export class ApiStartError extends Error {
  readonly code: ApiStartErrorCode
  readonly hint: string
  constructor(code: ApiStartErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ApiStartError'
    this.code = code
    this.hint = hint
  }
}

/**
 * A refusal by the node (an error with a `code` of ours, such as a `LedgerError`) as the answer to a request;
 * anything else is our own failure and comes back as it is.
 */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof HttpFault) return error
  const { code, hint } = error as { code?: unknown; hint?: unknown }
  // Node's own errors have codes too, in capitals.
  if (typeof code !== 'string' || !/^[a-z][a-z0-9-]*$/.test(code)) return error
  return new HttpFault(
    code === 'not-running' ? 503 : 422,
    code,
    sentence(error.message),
    typeof hint === 'string' ? hint : undefined
  )
}

/** With a capital and a full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? '' : '.'}`
}
