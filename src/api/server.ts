// Turns routes into an HTTP server: guard, parse, handle, answer, and every failure as {error:{code,message,hint}}.
// Requests are parsed with the routes' own zod schemas, compiled once per process: fastify's validators and
// serialisers would be compiled again for every server, and a testnet starts dozens.
import type { AddressInfo, Socket } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { apiDefaults } from '../config/index.ts'
import type { Runtime } from '../runtime/index.ts'
import { EventStreams, type Subscribe } from './event-streams.ts'
import { ApiStartError, HttpFault } from './fault.ts'
import { type Asked, createGuard, isLoopback } from './guard.ts'
import { ANSWER_HEADERS } from './headers.ts'
import { parseInput } from './input.ts'
import type { Feed } from './live/feed.ts'
import type { EventFilter, Input, Route } from './route.ts'
import { UpdateStreams } from './update-streams.ts'

export interface ListenOptions {
  /** Address to listen on; 127.0.0.1 when absent. Any other than loopback demands `token`. */
  readonly host?: string | undefined
  /** 0 lets the system choose. */
  readonly port: number
  /** Bearer token that every request must carry. */
  readonly token?: string | undefined
}

export interface ServerInit<C, E extends { readonly type: string }> extends ListenOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger'>
  readonly routes: readonly Route<C>[]
  readonly context: C
  readonly subscribe: Subscribe<E>
  /** What routes of updates answer with. */
  readonly live?: Feed | undefined
  /** What requests from a page must carry to change anything; see guard.ts. */
  readonly pageToken?: string | undefined
  /** Told of every answer: path of the route (`unknown` for none) and status. */
  readonly onAnswer?: (route: string, status: number) => void
  readonly onDropped?: (count: number) => void
}

export interface RunningApi {
  /** Where clients reach it, without a slash at its end. */
  readonly url: string
  /** Event streams open now. */
  streams(): number
  /** Ends event streams and long polls at once, lets answers that are being written finish, and leaves no handle. */
  close(): Promise<void>
}

/** Rejects with `ApiStartError`. */
export async function startServer<C, E extends { readonly type: string }>(init: ServerInit<C, E>): Promise<RunningApi> {
  const { host = apiDefaults.host, port, token, runtime } = init
  if (!isLoopback(host) && (token === undefined || token === '')) {
    throw new ApiStartError(
      'token-required',
      `An API on ${host} can be reached from other machines and needs a token.`,
      'Give it a token, or listen on 127.0.0.1.'
    )
  }
  const closing = new AbortController()
  const streams = new EventStreams<E>(init.subscribe, {
    clock: runtime.clock,
    timers: runtime.timers,
    ...(init.onDropped === undefined ? {} : { onDropped: init.onDropped })
  })
  const updates = init.live === undefined ? undefined : new UpdateStreams(init.live, runtime)
  const app = createApp(init, host)
  const answers: Answers<C, E> = { context: init.context, streams, updates, closing: closing.signal }
  for (const route of init.routes) addRoute(app, route, answers)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw startError(error, host, port)
  }
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closing.abort()
    streams.close()
    updates?.close()
    const cut = runtime.timers.after(apiDefaults.closeGraceMs, () => app.server.closeAllConnections())
    await app.close()
    cut.cancel()
  }
  return {
    url: urlOf(host, (app.server.address() as AddressInfo).port),
    streams: () => streams.size + (updates?.size ?? 0),
    close: () => (closed ??= close())
  }
}

const unused = (): never => {
  throw new Error('no route has a schema that fastify compiles')
}

type AppInit = Pick<ServerInit<unknown, { readonly type: string }>, 'token' | 'pageToken' | 'runtime' | 'onAnswer'>

function createApp(init: AppInit, host: string): FastifyInstance {
  const app = fastify({
    bodyLimit: apiDefaults.bodyMaxBytes,
    requestTimeout: apiDefaults.requestTimeoutMs,
    connectionTimeout: apiDefaults.idleTimeoutMs,
    keepAliveTimeout: apiDefaults.keepAliveMs,
    forceCloseConnections: 'idle',
    http: { headersTimeout: apiDefaults.requestTimeoutMs, connectionsCheckingInterval: apiDefaults.requestTimeoutMs },
    routerOptions: { ignoreTrailingSlash: true },
    exposeHeadRoutes: false,
    // No route has a schema that fastify sees; without these it would still load ajv.
    schemaController: { compilersFactory: { buildValidator: unused, buildSerializer: unused } },
    clientErrorHandler: answerGarbage,
    frameworkErrors: (error, request, reply) => fail(error, request, reply)
  })
  app.server.maxConnections = apiDefaults.connectionsMax
  app.removeContentTypeParser('text/plain')
  const guard = createGuard({ host, token: init.token, pageToken: init.pageToken })

  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const fault = faultOf(error)
    if (fault.status >= 500 && !(error instanceof HttpFault)) {
      init.runtime.logger.error('API request failed', { url: request.url, error: String((error as Error).stack) })
    }
    if (fault.status === 401) reply.header('www-authenticate', 'Bearer')
    const { code, message, hint } = fault
    void reply.code(fault.status).send({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })
  }
  app.setErrorHandler(fail)
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no route ${request.method} ${request.url.split('?', 1)[0]}.`
    fail(new HttpFault(404, 'no-route', message, 'GET /openapi.json lists the routes.'), request, reply)
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(ANSWER_HEADERS)
    guard.check(request.headers, askedBy(request))
  })
  app.addHook('onResponse', async (request, reply) => {
    init.onAnswer?.(request.routeOptions.url ?? 'unknown', reply.statusCode)
  })
  return app
}

/** A route that is not there asks for nothing that a view would not. */
function askedBy({ method, query, routeOptions }: FastifyRequest): Asked {
  if (method !== 'GET') return 'change'
  const { staysOpen = false } = routeOptions.config as { staysOpen?: boolean }
  const waits = typeof query === 'object' && query !== null && 'wait' in query
  return staysOpen || waits ? 'open' : 'view'
}

/** What routes answer from. */
interface Answers<C, E extends { readonly type: string }> {
  readonly context: C
  readonly streams: EventStreams<E>
  readonly updates: UpdateStreams | undefined
  readonly closing: AbortSignal
}

function addRoute<C, E extends { readonly type: string }>(
  app: FastifyInstance,
  route: Route<C>,
  { context, streams, updates, closing }: Answers<C, E>
): void {
  const { answer } = route
  const isStream = answer.type === 'events' || answer.type === 'updates'
  app.route({
    method: route.method,
    url: route.path,
    config: { staysOpen: isStream },
    handler: async (request, reply) => {
      const { signal, release } = signalOf(reply, closing)
      try {
        const input: Input = { ...parseInput(route, request), signal }
        const result = await route.handler(context, input)
        if (isStream) {
          if (answer.type === 'events') streams.open(reply.raw, result as EventFilter)
          else if (updates !== undefined) updates.open(reply.raw)
          else throw new HttpFault(503, 'no-updates', 'There is nothing live to see here.')
          reply.hijack()
          return reply
        }
        if (answer.type === 'text') reply.type(answer.media).headers(answer.headers ?? {})
        void reply.code(answer.status).send(result)
        return reply
      } finally {
        release()
      }
    }
  })
}

/** Aborts when the client goes away or the server closes. */
function signalOf(reply: FastifyReply, closing: AbortSignal): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  reply.raw.once('close', abort)
  closing.addEventListener('abort', abort, { once: true })
  if (closing.aborted) abort()
  return {
    signal: controller.signal,
    release: () => {
      reply.raw.off('close', abort)
      closing.removeEventListener('abort', abort)
    }
  }
}

/** What a request is told about an error, ours or fastify's. Details of our own failures stay in the log. */
function faultOf(error: unknown): HttpFault {
  if (error instanceof HttpFault) return error
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  const maxKiB = apiDefaults.bodyMaxBytes / 1024
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpFault(413, 'oversize', `The body is larger than ${maxKiB} KiB.`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpFault(
        415,
        'not-json',
        'The body must be JSON.',
        'Send the header "content-type: application/json".'
      )
  }
  if (
    code === 'FST_ERR_CTP_INVALID_JSON_BODY' ||
    code === 'FST_ERR_CTP_EMPTY_JSON_BODY' ||
    error instanceof SyntaxError
  ) {
    return new HttpFault(400, 'bad-body', 'The body is not valid JSON.')
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new HttpFault(statusCode, 'bad-request', 'The request is not well-formed.', (error as Error).message)
  }
  return new HttpFault(500, 'internal', 'The node failed to answer.', 'Its log says why.')
}

/** Bytes that are not HTTP, or headers that are too large or too slow: no request exists to answer through fastify. */
function answerGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const body = JSON.stringify({
    error: slow
      ? { code: 'timeout', message: 'The request took too long to arrive.' }
      : { code: 'bad-request', message: 'The request is not well-formed HTTP.' }
  })
  const head = `HTTP/1.1 ${slow ? '408 Request Timeout' : '400 Bad Request'}\r\nconnection: close\r\n`
  socket.end(`${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

function startError(error: unknown, host: string, port: number): unknown {
  switch ((error as { code?: string }).code) {
    case 'EADDRINUSE':
      return new ApiStartError(
        'port-in-use',
        `Port ${port} on ${host} is in use by another program.`,
        'Choose another port, or 0 to let the system choose.',
        error
      )
    case 'EACCES':
      return new ApiStartError(
        'port-denied',
        `Port ${port} on ${host} may not be used by this user.`,
        'Choose a port from 1024 up, or 0 to let the system choose.',
        error
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ApiStartError(
        'bad-address',
        `${host} is not an address of this machine.`,
        'Listen on 127.0.0.1, or on 0.0.0.0 with a token.',
        error
      )
    default:
      return error
  }
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host.replace(/^\[(.*)\]$/, '$1')
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
