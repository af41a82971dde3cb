// The routes of a node's API.
import { z } from 'zod'
import { fromHex } from '../wire/index.ts'
import { nodeEvent } from './events.ts'
import { HttpFault, refusalOf } from './fault.ts'
import type { NodeMetrics } from './metrics.ts'
import {
  account,
  accountParams,
  addressOf,
  blockParams,
  eventsQuery,
  height,
  idParams,
  limit,
  membersQuery,
  waitQuery
} from './parameters.ts'
import { routesFor } from './route.ts'
import {
  accountView,
  banView,
  blockSummary,
  blockView,
  genesisView,
  healthView,
  mempoolView,
  leftView,
  memberView,
  peerView,
  statusView,
  submitBody,
  submitView,
  tagsBody,
  tagsView,
  type TransactionView,
  transactionView
} from './schemas.ts'
import type { NodeService } from './services.ts'
import type { Waits } from './waits.ts'

export interface NodeContext {
  readonly service: NodeService
  readonly waits: Waits
  readonly metrics: NodeMetrics
  /** JSON text of the API's own description. */
  readonly document: () => string
}

const { json, text, events } = routesFor<NodeContext>()
const limited = z.strictObject({ limit })

const operations = [
  json({ path: '/healthz', summary: 'Whether the process runs', answer: healthView }, () => ({
    status: 'ok' as const
  })),
  json(
    { path: '/readyz', summary: 'Whether the node listens and has its chain open', answer: healthView, faults: [503] },
    ({ service }) => {
      if (service.ready()) return { status: 'ready' as const }
      throw new HttpFault(503, 'not-ready', 'The node is starting or stopping.', 'Ask again in a moment.')
    }
  ),
  text(
    { path: '/metrics', summary: 'Prometheus metrics', media: 'text/plain; version=0.0.4; charset=utf-8' },
    ({ metrics }) => metrics.text()
  ),
  text(
    { path: '/openapi.json', summary: 'This description', media: 'application/json; charset=utf-8' },
    ({ document }) => document()
  )
]

const views = [
  json({ path: '/v1/status', summary: 'The node at a glance', answer: statusView }, ({ service }) => service.status()),
  json({ path: '/v1/peers', summary: 'Connected peers', answer: z.array(peerView) }, ({ service }) => service.peers()),
  json(
    { path: '/v1/bans', summary: 'Peers that are refused for what they did', answer: z.array(banView) },
    ({ service }) => service.bans()
  ),
  json(
    {
      path: '/v1/members',
      summary: 'Members of the network as this node sees them; of a `tag` such as `role=miner` and a state, if asked',
      query: membersQuery,
      answer: z.array(memberView),
      faults: [422]
    },
    ({ service }, { query: { tag, state } }) => {
      const at = tag?.indexOf('=') ?? 0
      return refusing(() =>
        service.members({
          ...(tag === undefined ? {} : { tag: [tag.slice(0, at), tag.slice(at + 1)] as const }),
          ...(state === undefined ? {} : { state })
        })
      )
    }
  ),
  json(
    { path: '/v1/mempool', summary: 'Pending transactions', query: limited, answer: mempoolView },
    ({ service }, { query }) => service.mempool(query.limit)
  ),
  json(
    { path: '/v1/accounts', summary: 'Accounts, richest first', query: limited, answer: z.array(accountView) },
    ({ service }, { query }) => service.accounts(query.limit)
  ),
  json(
    {
      path: '/v1/accounts/:address',
      summary: 'One account, by address or development name; unused ones are empty',
      params: accountParams,
      answer: accountView,
      faults: [404]
    },
    ({ service }, { params }) => service.account(addressOf(params.address))
  ),
  json(
    {
      path: '/v1/blocks',
      summary: 'Blocks of the best chain, newest first, below height `before`',
      query: z.strictObject({ limit, before: height.optional() }),
      answer: z.array(blockSummary)
    },
    ({ service }, { query }) =>
      service.blocks(query.before === undefined ? { limit: query.limit } : { limit: query.limit, before: query.before })
  ),
  json(
    {
      path: '/v1/blocks/:id',
      summary: 'One block, by hash (any branch), height (best chain) or `head`',
      params: blockParams,
      answer: blockView,
      faults: [404]
    },
    ({ service }, { params }) => {
      const block = service.block(params.id.toLowerCase())
      if (block !== undefined) return block
      throw new HttpFault(404, 'not-found', `This node has no block ${params.id}.`)
    }
  ),
  json(
    { path: '/v1/genesis', summary: 'The genesis file, which a new node needs to join', answer: genesisView },
    ({ service }) => service.genesis()
  )
]

const membership = [
  json(
    {
      method: 'POST',
      path: '/v1/members/tags',
      summary: 'Sets tags of this node, which all members hear of; null removes one',
      body: tagsBody,
      answer: tagsView,
      faults: [422]
    },
    ({ service }, { body }) => refusing(async () => ({ tags: await service.tag(body.tags) }))
  ),
  json(
    {
      method: 'POST',
      path: '/v1/members/leave',
      summary: 'Says goodbye to all members; the node goes on following the chain, and joins again with its next start',
      answer: leftView,
      faults: [422]
    },
    ({ service }) =>
      refusing(async () => {
        await service.leave()
        return { left: true as const }
      })
  )
]

/** What the node refuses, as the answer to a request. */
async function refusing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw refusalOf(error)
  }
}

const transactions = [
  json(
    {
      path: '/v1/transactions',
      summary: 'Transactions, newest first: pending, then included; of one account if asked',
      query: z.strictObject({ account: account.optional(), limit }),
      answer: z.array(transactionView),
      faults: [404]
    },
    ({ service }, { query }) =>
      service.transactions(
        query.account === undefined ? { limit: query.limit } : { limit: query.limit, account: addressOf(query.account) }
      )
  ),
  json(
    {
      path: '/v1/transactions/:id',
      summary: 'One transaction; with `wait`, as soon as a peer announced it or a block contains it, else as it stands',
      params: idParams,
      query: waitQuery,
      answer: transactionView,
      faults: [404, 503]
    },
    async (context, { params: { id }, query, signal }) => {
      const found =
        query.wait === undefined
          ? context.service.transaction(id)
          : await waitFor(context, id, query.wait, query.timeout_ms, signal)
      if (found !== undefined) return found
      throw new HttpFault(404, 'not-found', `This node does not know transaction ${id}.`)
    }
  ),
  json(
    {
      method: 'POST',
      path: '/v1/transactions',
      summary: 'Takes a signed transaction; once answered it survives a crash of the node',
      body: submitBody,
      answer: submitView,
      status: 201,
      faults: [422, 503]
    },
    async ({ service }, { body }) => {
      try {
        return await service.submit(fromHex(body.transaction))
      } catch (error) {
        throw refusalOf(error)
      }
    }
  )
]

const stream = events(
  {
    path: '/v1/events',
    summary: 'What happens from now on, as server-sent events',
    query: eventsQuery,
    events: nodeEvent
  },
  (_, { query }) => (query.types === undefined ? undefined : new Set<string>(query.types))
)

export const nodeRoutes = [...operations, ...views, ...membership, ...transactions, stream]

function waitFor(
  { service, waits }: NodeContext,
  id: string,
  wait: 'seen' | 'included',
  timeoutMs: number,
  parent: AbortSignal
): Promise<TransactionView | undefined> {
  return waits.run(timeoutMs, parent, (signal) =>
    waits.watch({
      events: service.events,
      concerns: (event) =>
        event.type === 'head' ||
        (event.type === 'imported' ? event.transactions.includes(id) : 'id' in event && event.id === id),
      look: () => service.transaction(id),
      done: (seen) => seen?.state === 'included' || (wait === 'seen' && (seen?.announced_by ?? 0) > 0),
      signal
    })
  )
}
