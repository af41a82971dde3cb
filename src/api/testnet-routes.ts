// The routes of a testnet's controller.
import { z } from 'zod'
import type { Logger } from '../runtime/index.ts'
import { namedEvent } from './events.ts'
import { HttpFault, refusalOf } from './fault.ts'
import { idParams, limit, namedEventsQuery, waitQuery } from './parameters.ts'
import { routesFor } from './route.ts'
import { faultBody, faultView, healthView, itemView, stopView, testnetView } from './schemas.ts'
import type { TestnetService } from './services.ts'
import type { Waits } from './waits.ts'

export interface TestnetContext {
  readonly service: TestnetService
  readonly waits: Waits
  readonly logger: Logger
  readonly document: () => string
}

const { json, text, events } = routesFor<TestnetContext>()

export const testnetRoutes = [
  json({ path: '/healthz', summary: 'Whether the process runs', answer: healthView }, () => ({
    status: 'ok' as const
  })),
  text(
    { path: '/openapi.json', summary: 'This description', media: 'application/json; charset=utf-8' },
    ({ document }) => document()
  ),
  json({ path: '/v1/testnet', summary: 'The testnet and its nodes', answer: testnetView }, ({ service }) =>
    service.view()
  ),
  json(
    {
      path: '/v1/items',
      summary: 'Blocks or transactions, newest first, and how each spread',
      query: z.strictObject({
        kind: z.enum(['block', 'transaction'], '"block" or "transaction"').default('block'),
        limit
      }),
      answer: z.array(itemView)
    },
    ({ service }, { query }) => service.items(query)
  ),
  json(
    {
      path: '/v1/items/:id',
      summary: 'One item; with `wait`, as soon as every node holds it or a block contains it, else as it stands',
      params: idParams,
      query: waitQuery,
      answer: itemView,
      faults: [404, 503]
    },
    async ({ service, waits }, { params: { id }, query: { wait, timeout_ms }, signal }) => {
      const item =
        wait === undefined
          ? service.item(id)
          : await waits.run(timeout_ms, signal, (until) => service.waitForItem(id, wait, until))
      if (item !== undefined) return item
      throw new HttpFault(404, 'not-found', `No node of this testnet reported ${id}.`)
    }
  ),
  json(
    {
      method: 'POST',
      path: '/v1/faults',
      summary:
        'Causes a fault now: crash, stop, start, restart, wipe, pause, resume, cut, partition, heal, slow, restore',
      body: faultBody,
      answer: faultView,
      faults: [400, 422]
    },
    async ({ service }, { body }) => {
      try {
        return await service.fault(body)
      } catch (error) {
        throw refusalOf(error)
      }
    }
  ),
  json(
    {
      method: 'POST',
      path: '/v1/stop',
      summary: 'Ends the run as Ctrl-C does, with its report',
      answer: stopView,
      status: 202
    },
    ({ service, logger }) => {
      // Not awaited: ending the run closes this API too.
      service.stop().catch((error: unknown) => logger.error('stop failed', { error: String(error) }))
      return { stopping: true as const }
    }
  ),
  events(
    {
      path: '/v1/events',
      summary: 'What happens on all nodes from now on, as server-sent events',
      query: namedEventsQuery,
      events: namedEvent
    },
    (_, { query }) => (query.types === undefined ? undefined : new Set<string>(query.types))
  )
]
