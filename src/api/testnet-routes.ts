// The routes of a testnet's controller.
import { z } from 'zod'
import type { Logger } from '../runtime/index.ts'
import { namedEvent } from './events.ts'
import { HttpFault, refusalOf } from './fault.ts'
import { blockParams, idParams, limit, namedEventsQuery, nodeParams, waitQuery } from './parameters.ts'
import { routesFor } from './route.ts'
import { liveUpdate } from './live/schema.ts'
import { nodeFault, payFrom } from './payments.ts'
import {
  accountView,
  blockView,
  faultBody,
  faultView,
  healthView,
  itemView,
  memberView,
  mempoolView,
  paymentBody,
  peerView,
  statusView,
  stopView,
  submitView,
  testnetView,
  transactionView
} from './schemas.ts'
import type { NodeClient } from './client/types.ts'
import type { TestnetService } from './services.ts'
import type { Waits } from './waits.ts'

export interface TestnetContext {
  readonly service: TestnetService
  readonly waits: Waits
  readonly logger: Logger
  readonly document: () => string
}

const { json, text, events, updates } = routesFor<TestnetContext>()

/** A node's own answer: a page may ask only where it came from. */
async function ask<T>({ service }: TestnetContext, name: string | undefined, what: (node: NodeClient) => Promise<T>) {
  try {
    return await what(service.node(name))
  } catch (error) {
    throw refusalOf(nodeFault(error))
  }
}

const nodeRoutes = [
  json(
    {
      path: '/v1/nodes/:name/status',
      summary: 'Status of a node',
      params: nodeParams,
      answer: statusView,
      faults: [422, 503]
    },
    (context, { params: { name } }) => ask(context, name, (node) => node.status())
  ),
  json(
    {
      path: '/v1/nodes/:name/peers',
      summary: 'Peers of a node',
      params: nodeParams,
      answer: z.array(peerView),
      faults: [422, 503]
    },
    (context, { params: { name } }) => ask(context, name, (node) => node.peers())
  ),
  json(
    {
      path: '/v1/nodes/:name/members',
      summary: 'Members as a node sees them',
      params: nodeParams,
      answer: z.array(memberView),
      faults: [422, 503]
    },
    (context, { params: { name } }) => ask(context, name, (node) => node.members())
  ),
  json(
    {
      path: '/v1/nodes/:name/mempool',
      summary: 'Pending transactions of a node',
      params: nodeParams,
      query: z.strictObject({ limit }),
      answer: mempoolView,
      faults: [422, 503]
    },
    (context, { params: { name }, query }) => ask(context, name, (node) => node.mempool(query))
  ),
  json(
    {
      path: '/v1/accounts',
      summary: 'Accounts as the first running node has them, richest first',
      query: z.strictObject({ limit }),
      answer: z.array(accountView),
      faults: [422, 503]
    },
    (context, { query }) => ask(context, undefined, (node) => node.accounts(query))
  ),
  json(
    {
      path: '/v1/blocks/:id',
      summary: 'A block as the first running node has it',
      params: blockParams,
      answer: blockView,
      faults: [404, 422, 503]
    },
    (context, { params: { id } }) => ask(context, undefined, (node) => node.block(id))
  ),
  json(
    {
      path: '/v1/transactions/:id',
      summary: 'A transaction as the first running node has it',
      params: idParams,
      answer: transactionView,
      faults: [404, 422, 503]
    },
    (context, { params: { id } }) => ask(context, undefined, (node) => node.transaction(id))
  ),
  json(
    {
      method: 'POST',
      path: '/v1/payments',
      summary: 'Signs and posts a payment of a development account',
      body: paymentBody,
      answer: submitView,
      status: 201,
      faults: [404, 422, 503]
    },
    (context, { body }) => ask(context, body.node, (node) => payFrom(node, body, (id) => context.service.follow(id)))
  )
]

export const testnetRoutes = [
  ...nodeRoutes,
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
  updates({
    path: '/v1/updates',
    summary: 'What live views are made of, combined: everything that is known, then what changes',
    update: liveUpdate
  }),
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
