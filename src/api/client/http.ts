// One HTTP exchange: address, token, deadline, and every failure turned into an ApiError.
import { apiDefaults } from '../../config/index.ts'
import type { TimerHandle } from '../../runtime/index.ts'
import type { ErrorView } from '../schemas.ts'
import { ApiError } from './error.ts'
import type { ClientOptions } from './types.ts'

export type Query = Readonly<Record<string, string | number | undefined>>

export interface Call {
  readonly path: string
  readonly query?: Query
  /** Sent as JSON by POST when present. */
  readonly body?: unknown
  readonly method?: 'GET' | 'POST'
  readonly signal?: AbortSignal | undefined
  /** Time the server may take on purpose (a long poll), ms. */
  readonly waitMs?: number
}

export class Http {
  readonly base: string
  readonly #options: ClientOptions

  constructor(base: string, options: ClientOptions) {
    this.base = (/^[a-z]+:\/\//i.test(base) ? base : `http://${base}`).replace(/\/+$/, '')
    this.#options = options
  }

  /** The answer's JSON. Rejects with `ApiError`, or with the reason of a signal of the caller. */
  async json<T>(call: Call): Promise<T> {
    const deadline = this.#deadline(call)
    try {
      const response = await this.#exchange(call, 'application/json', deadline.signal)
      return (await this.#body(response)) as T
    } catch (error) {
      throw deadline.passed() ? this.#noAnswer(error) : this.#failure(error, call)
    } finally {
      deadline.end()
    }
  }

  /** The open answer of an event stream; only its start has a deadline. */
  async open(call: Call): Promise<ReadableStream<Uint8Array>> {
    const deadline = this.#deadline(call)
    try {
      const response = await this.#exchange(call, 'text/event-stream', deadline.signal)
      if (response.body === null) throw this.#badAnswer(response.status)
      return response.body
    } catch (error) {
      throw deadline.passed() ? this.#noAnswer(error) : this.#failure(error, call)
    } finally {
      deadline.end()
    }
  }

  /** What to reject with when an open stream broke. */
  broken(error: unknown, signal: AbortSignal | undefined): unknown {
    return this.#failure(error, { path: '', signal })
  }

  async #exchange(call: Call, accept: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept }
    if (this.#options.token !== undefined) headers.authorization = `Bearer ${this.#options.token}`
    if (this.#options.pageToken !== undefined) headers['x-starling-page'] = this.#options.pageToken
    if (call.body !== undefined) headers['content-type'] = 'application/json'
    const response = await fetch(this.#url(call), {
      method: call.method ?? (call.body === undefined ? 'GET' : 'POST'),
      headers,
      signal,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) })
    })
    if (!response.ok) throw await this.#refusal(response)
    return response
  }

  #url({ path, query = {} }: Call): string {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
    return `${this.base}${path}${search.size === 0 ? '' : `?${search}`}`
  }

  #deadline(call: Call): { signal: AbortSignal; passed(): boolean; end(): void } {
    const controller = new AbortController()
    const timeoutMs = (this.#options.timeoutMs ?? apiDefaults.client.timeoutMs) + (call.waitMs ?? 0)
    const timer: TimerHandle | undefined = this.#options.timers?.after(timeoutMs, () => controller.abort())
    const parents = [call.signal, this.#options.signal].filter((signal) => signal !== undefined)
    return {
      signal: AbortSignal.any([controller.signal, ...parents]),
      passed: () => controller.signal.aborted,
      end: () => timer?.cancel()
    }
  }

  async #body(response: Response): Promise<unknown> {
    try {
      return await response.json()
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#badAnswer(response.status)
      throw error
    }
  }

  async #refusal(response: Response): Promise<ApiError> {
    const answer = (await this.#body(response)) as Partial<ErrorView> | null
    const error = answer?.error
    if (error === undefined || typeof error.code !== 'string') return this.#badAnswer(response.status)
    return new ApiError({ status: response.status, code: error.code, message: error.message, hint: error.hint })
  }

  #badAnswer(status: number): ApiError {
    return new ApiError({
      status,
      code: 'bad-answer',
      message: `What answers at ${this.base} is not a Starling API (HTTP ${status}).`,
      hint: 'Check the address: each node prints its own when it starts.'
    })
  }

  #noAnswer(cause: unknown): ApiError {
    return new ApiError({ status: 0, code: 'timeout', message: `${this.base} did not answer in time.`, cause })
  }

  #failure(error: unknown, call: Call): unknown {
    if (error instanceof ApiError) return error
    for (const signal of [call.signal, this.#options.signal]) if (signal?.aborted) return signal.reason
    return new ApiError({
      status: 0,
      code: 'unreachable',
      message: `Nothing answers at ${this.base}.`,
      hint: 'Is it running? Start a local testnet with: npx starling testnet',
      base: this.base,
      cause: error
    })
  }
}
