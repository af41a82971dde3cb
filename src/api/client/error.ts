// The one error every call of the client rejects with, whatever went wrong.

/** Codes the client makes itself; all others come from the server (`not-found`, `insufficient-funds`, …). */
export type ClientErrorCode = 'unreachable' | 'timeout' | 'bad-answer'

export interface ApiErrorInit {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: string
  /** One sentence that says what happened. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string | undefined
  /** The API that was called, when it was not reached. */
  readonly base?: string
  readonly cause?: unknown
}

export class ApiError extends Error {
  readonly status: number
  /** `unreachable`: nothing answers there. `timeout`: no answer in time. Otherwise the server's code. */
  readonly code: string
  readonly hint: string | undefined
  /** Of `unreachable`: the API that was called. */
  readonly base: string | undefined

  constructor(init: ApiErrorInit) {
    super(init.message, { cause: init.cause })
    this.name = 'ApiError'
    this.status = init.status
    this.code = init.code
    this.hint = init.hint
    this.base = init.base
  }
}
