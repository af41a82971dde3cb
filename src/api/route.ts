// A route as data: what it takes, what it answers, and a handler that knows nothing of HTTP. The server, the OpenAPI
// document and the tests are all made from these lists, so that they can't disagree.
import type { z } from 'zod'

type Shape = z.ZodObject
/** Parameters that were not declared are an empty object, a body that was not declared is undefined. */
type Out<S> = S extends z.ZodType ? z.output<S> : Record<string, never>
type OutBody<S> = S extends z.ZodType ? z.output<S> : undefined

export interface Input<P = unknown, Q = unknown, B = unknown> {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** Aborts when the client is gone or the server closes. */
  readonly signal: AbortSignal
}

export type Answer =
  | { readonly type: 'json'; readonly schema: z.ZodType; readonly status: number }
  | {
      readonly type: 'text'
      readonly media: string
      readonly headers?: Readonly<Record<string, string>>
      readonly status: number
    }
  /** The handler gives the filter of a server-sent event stream. */
  | { readonly type: 'events'; readonly schema: z.ZodType; readonly status: number }
  /** Updates of the live feed as a server-sent event stream. */
  | { readonly type: 'updates'; readonly schema: z.ZodType; readonly status: number }

export interface Route<C> {
  readonly method: 'GET' | 'POST'
  /** With `:name` for parameters. */
  readonly path: string
  readonly summary: string
  readonly params?: Shape
  readonly query?: Shape
  readonly body?: z.ZodType
  readonly answer: Answer
  /** Statuses of the errors it can answer with besides those of any route. */
  readonly faults: readonly number[]
  handler(context: C, input: Input): unknown
}

interface Declared<P, Q, B> {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly status?: number
  readonly faults?: readonly number[]
}

type Handler<C, P, Q, B, R> = (context: C, input: Input<Out<P>, Out<Q>, OutBody<B>>) => R

/** Builders of routes whose handlers work on `C`; what they return is checked against the schema by the compiler. */
export function routesFor<C>() {
  const made = (declared: Declared<Shape, Shape, z.ZodType>, answer: Answer, handler: unknown): Route<C> => ({
    ...declared,
    method: declared.method ?? 'GET',
    faults: declared.faults ?? [],
    answer,
    // The server parses with these same schemas, so the handler gets the types it declared.
    handler: handler as Route<C>['handler']
  })
  return {
    json: <R extends z.ZodType, P extends Shape, Q extends Shape, B extends z.ZodType>(
      declared: Declared<P, Q, B> & { readonly answer: R },
      handler: Handler<
        C,
        unknown extends P ? undefined : P,
        unknown extends Q ? undefined : Q,
        unknown extends B ? undefined : B,
        z.input<R> | Promise<z.input<R>>
      >
    ): Route<C> => made(declared, { type: 'json', schema: declared.answer, status: declared.status ?? 200 }, handler),
    text: (
      {
        media,
        headers = {},
        ...declared
      }: Declared<Shape, Shape, z.ZodType> & {
        readonly media: string
        readonly headers?: Readonly<Record<string, string>>
      },
      handler: (context: C) => string | Promise<string>
    ): Route<C> => made(declared, { type: 'text', media, headers, status: declared.status ?? 200 }, handler),
    updates: (declared: Declared<Shape, Shape, z.ZodType> & { readonly update: z.ZodType }): Route<C> =>
      made(declared, { type: 'updates', schema: declared.update, status: 200 }, () => undefined),
    events: <Q extends Shape>(
      declared: Declared<Shape, Q, z.ZodType> & { readonly events: z.ZodType },
      handler: Handler<C, undefined, Q, undefined, EventFilter>
    ): Route<C> => made(declared, { type: 'events', schema: declared.events, status: 200 }, handler)
  }
}

/** Which event types a reader wants; all when undefined. */
export type EventFilter = ReadonlySet<string> | undefined
