// The client of the API of a testnet's controller.
import type { NamedEvent } from '../../trace/index.ts'
import type { Update } from '../live/types.ts'
import type { ItemView } from '../schemas.ts'
import { readEvents } from './events.ts'
import { Http } from './http.ts'
import type { ClientOptions, TestnetClient } from './types.ts'
import { waitFor } from './wait.ts'

const isFulfilled = (item: ItemView, wait: 'seen' | 'included'): boolean =>
  wait === 'included' ? item.included !== undefined : item.holders >= item.nodes

/** @param base address of the controller's API */
export function createTestnetClient(base: string, options: ClientOptions = {}): TestnetClient {
  const http = new Http(base, options)
  return {
    base: http.base,
    view: () => http.json({ path: '/v1/testnet' }),
    item: (id, wait = {}) => waitFor(http, `/v1/items/${encodeURIComponent(id)}`, wait, isFulfilled),
    items: (query = {}) => http.json({ path: '/v1/items', query }),
    events: (events) => readEvents<NamedEvent>(http, '/v1/events', events),
    updates: (options) => readEvents<Update>(http, '/v1/updates', options),
    members: (name) => http.json({ path: `/v1/nodes/${encodeURIComponent(name)}/members` }),
    peers: (name) => http.json({ path: `/v1/nodes/${encodeURIComponent(name)}/peers` }),
    status: (name) => http.json({ path: `/v1/nodes/${encodeURIComponent(name)}/status` }),
    mempool: (name, query = {}) => http.json({ path: `/v1/nodes/${encodeURIComponent(name)}/mempool`, query }),
    accounts: (query = {}) => http.json({ path: '/v1/accounts', query }),
    block: (id) => http.json({ path: `/v1/blocks/${encodeURIComponent(String(id))}` }),
    transaction: (id) => http.json({ path: `/v1/transactions/${encodeURIComponent(id)}` }),
    pay: (order) => http.json({ path: '/v1/payments', body: order }),
    fault: (order) => http.json({ path: '/v1/faults', method: 'POST', body: order }),
    stop: async () => void (await http.json({ path: '/v1/stop', method: 'POST' }))
  }
}
