// The client of a node's API.
import type { NodeEvent } from '../../trace/index.ts'
import type { TransactionView } from '../schemas.ts'
import { readEvents } from './events.ts'
import { Http } from './http.ts'
import type { ClientOptions, NodeClient } from './types.ts'
import { waitFor } from './wait.ts'

const isFulfilled = (transaction: TransactionView, wait: 'seen' | 'included'): boolean =>
  transaction.state === 'included' || (wait === 'seen' && transaction.announced_by > 0)

/** @param base address of the API, `http://127.0.0.1:7070` or `127.0.0.1:7070` */
export function createNodeClient(base: string, options: ClientOptions = {}): NodeClient {
  const http = new Http(base, options)
  const part = (value: string | number): string => encodeURIComponent(String(value))
  return {
    base: http.base,
    status: () => http.json({ path: '/v1/status' }),
    peers: () => http.json({ path: '/v1/peers' }),
    bans: () => http.json({ path: '/v1/bans' }),
    members: (query = {}) => http.json({ path: '/v1/members', query }),
    tag: (tags) => http.json({ path: '/v1/members/tags', body: { tags } }),
    leave: () => http.json({ path: '/v1/members/leave', method: 'POST' }),
    mempool: (query = {}) => http.json({ path: '/v1/mempool', query }),
    transaction: (id, wait = {}) => waitFor(http, `/v1/transactions/${part(id)}`, wait, isFulfilled),
    transactions: (query = {}) => http.json({ path: '/v1/transactions', query }),
    submit: (hex) => http.json({ path: '/v1/transactions', body: { transaction: hex } }),
    account: (address) => http.json({ path: `/v1/accounts/${part(address)}` }),
    accounts: (query = {}) => http.json({ path: '/v1/accounts', query }),
    blocks: (query = {}) => http.json({ path: '/v1/blocks', query }),
    block: (id) => http.json({ path: `/v1/blocks/${part(id)}` }),
    genesis: () => http.json({ path: '/v1/genesis' }),
    events: (events) => readEvents<NodeEvent>(http, '/v1/events', events)
  }
}
