import assert from 'node:assert/strict'
import type { NodeEvent } from '../../src/trace/index.ts'
import { Bench, hashOf, heard, imported } from './support.ts'

describe('metrics', () => {
  const bench = new Bench()
  afterEach(() => bench.end())

  const scrape = async (url: string): Promise<string> => {
    const response = await fetch(`${url}/metrics`)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    return response.text()
  }
  /** Value of one series, `undefined` when there is none. */
  const value = (text: string, series: string): number | undefined => {
    const line = text.split('\n').find((each) => each.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }

  it('say what the node is now, in base units', async () => {
    const { api } = await bench.node()
    const text = await scrape(api.url)
    const expected: [string, number][] = [
      ['starling_head_height', 12],
      ['starling_head_time_seconds', 1_700_000_012],
      ['starling_sync_target_height', 12],
      ['starling_syncing', 0],
      ['starling_producing', 1],
      ['starling_peers', 1],
      ['starling_mesh_peers{topic="block"}', 1],
      ['starling_mempool_transactions', 1],
      ['starling_mempool_bytes', 213],
      ['starling_uptime_seconds', 12.5],
      ['starling_event_loop_lag_p99_seconds', 0.0025],
      ['starling_sent_bytes_total{kind="transaction"}', 20]
    ]
    for (const [series, number] of expected) assert.equal(value(text, series), number, series)
    assert.match(text, /^process_cpu_seconds_total /m)
  })

  it('count what happened', async () => {
    const { api, service } = await bench.node()
    const at = 1250
    const tip = { height: 1, hash: hashOf(1), work: '1' }
    const events: NodeEvent[] = [
      heard(1),
      { type: 'published', at, kind: 'transaction', id: hashOf(2), bytes: 213 },
      { type: 'delivered', at, kind: 'block', id: hashOf(1), via: 'gossip', from: 'p' },
      { type: 'delivered', at, kind: 'block', id: hashOf(2), via: 'own' },
      { type: 'duplicate', at, kind: 'block', id: hashOf(1), from: 'p' },
      { type: 'duplicate', at, kind: 'block', id: hashOf(1), from: 'q' },
      imported(1, [hashOf(2), hashOf(3)]),
      { type: 'rejected', at, kind: 'block', code: 'bad-seal' },
      { type: 'head', at, hash: hashOf(1), height: 1, work: '1', abandoned: 0 },
      { type: 'head', at, hash: hashOf(1), height: 1, work: '1', abandoned: 3 },
      { type: 'peer', at, state: 'connected', peer: 'p' },
      { type: 'mesh', at, change: 'graft', topic: 'block', peer: 'p' },
      {
        type: 'sync',
        at,
        peer: 'p',
        ours: tip,
        theirs: tip,
        blocksFetched: 2,
        transactionsFetched: 1,
        transactionsSent: 2,
        transactionsDiffer: 3,
        bytes: 900,
        durationMs: 500,
        outcome: 'behind'
      }
    ]
    for (const event of events) service.events.emit(event)
    const text = await scrape(api.url)
    const expected: [string, number][] = [
      ['starling_heard_total{kind="block"}', 1],
      ['starling_published_total{kind="transaction"}', 1],
      ['starling_delivered_total{kind="block",via="gossip"}', 1],
      ['starling_delivered_total{kind="block",via="own"}', 1],
      ['starling_duplicates_total{kind="block"}', 2],
      ['starling_imported_total{kind="block"}', 1],
      ['starling_imported_total{kind="transaction"}', 2],
      ['starling_rejected_total{kind="block",code="bad-seal"}', 1],
      ['starling_reorganisations_total', 1],
      ['starling_abandoned_blocks_total', 3],
      ['starling_peer_changes_total{state="connected"}', 1],
      ['starling_mesh_changes_total{change="graft"}', 1],
      ['starling_sync_rounds_total{outcome="behind"}', 1],
      ['starling_sync_fetched_total{kind="block"}', 2],
      ['starling_sync_bytes_total', 900],
      ['starling_sync_seconds_total', 0.5],
      // The fake's blocks are all sealed at 1000: 0.25 s, and the own block does not count.
      ['starling_block_propagation_seconds_sum', 0.25],
      ['starling_block_propagation_seconds_count', 1]
    ]
    for (const [series, number] of expected) assert.equal(value(text, series), number, series)
  })

  it('of two nodes in one process stay apart', async () => {
    const one = await bench.node()
    const other = await bench.node()
    one.service.events.emit(heard(1))
    assert.equal(value(await scrape(one.api.url), 'starling_heard_total{kind="block"}'), 1)
    assert.equal(value(await scrape(other.api.url), 'starling_heard_total{kind="block"}'), undefined)
  })

  it('count requests by route, so that no client can make new series', async () => {
    const { api } = await bench.node()
    for (let i = 0; i < 3; i++) await (await fetch(`${api.url}/v1/blocks/${100 + i}`)).text()
    for (let i = 0; i < 2; i++) await (await fetch(`${api.url}/made-up-${i}`)).text()
    const text = await scrape(api.url)
    assert.equal(value(text, 'starling_api_requests_total{route="/v1/blocks/:id",status="404"}'), 3)
    assert.equal(value(text, 'starling_api_requests_total{route="unknown",status="404"}'), 2)
  })

  it('stop following the node when its API closes', async () => {
    const { api, service } = await bench.node()
    let open = 0
    const subscribe = service.events.subscribe.bind(service.events)
    service.events.subscribe = (sink) => {
      open++
      const end = subscribe(sink)
      return () => {
        open--
        end()
      }
    }
    const { startNodeApi } = await import('../../src/api/index.ts')
    const { runtime } = await import('./support.ts')
    const second = await startNodeApi({ service, runtime, port: 0 })
    assert.equal(open, 1)
    await second.close()
    assert.equal(open, 0)
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200)
  })
})
