// What compact blocks save, and what they cost where mempools differ, in virtual time.
import { equal, ok } from 'node:assert/strict'
import type { Report } from '../../src/index.ts'
import { simulate } from '../../src/index.ts'

describe('blocks of 1,000 transactions of 250 bytes', () => {
  const run = async (relay: 'compact' | 'full', shared: number): Promise<Report> => {
    const { report } = await simulate({
      nodes: 12,
      consensus: 'authority',
      block: { interval: '1s' },
      links: { latency: '20ms' },
      load: { rate: 0, dataBytes: 81, perBlock: 1000, shared },
      relay,
      duration: '2500ms',
      seed: 5
    })
    ok(report.blocks.published >= 2)
    equal(report.blocks.delivery_ratio, 1)
    return report
  }
  const bytesOf = ({ traffic, blocks }: Report): number => (traffic?.by_kind.block ?? 0) / blocks.published

  it('cost a fifteenth of the bytes when mempools are the same, by gossip alone', async () => {
    const compact = await run('compact', 1)
    const full = await run('full', 1)
    ok(bytesOf(full) > 15 * bytesOf(compact), `${bytesOf(full)} and ${bytesOf(compact)}`)
    equal(compact.blocks.compact?.rebuilt_share, 1)
    equal(compact.blocks.delivered_by.gossip, compact.blocks.delivered)
    equal(full.blocks.compact, undefined)
  })

  it('are completed by requests when a twentieth differs, and still cost a tenth', async () => {
    const compact = await run('compact', 0.95)
    const full = await run('full', 0.95)
    const { missing_per_block = 0, full_fetched } = compact.blocks.compact ?? {}
    ok(missing_per_block > 20 && missing_per_block < 80, String(missing_per_block))
    equal(full_fetched, 0)
    ok(bytesOf(full) > 10 * bytesOf(compact), `${bytesOf(full)} and ${bytesOf(compact)}`)
  })
})
