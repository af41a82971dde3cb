// Expectations: what they may say, and how they are judged.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { judge, parseExpectation, type Verdict } from '../../src/scenario/index.ts'

const report = {
  blocks: { coverage_ms: { t95: 400, t99: null }, delivery_ratio: 0.995 },
  consistency: { converged: true, stale_rate: 0.02, longest_disagreement_s: 1.5 },
  traffic: { by_kind: { block: 10 } },
  validity: { ok: false }
}

function verdict(text: string, afterMs: number | null = null): Verdict {
  const parsed = parseExpectation(text)
  ok(!('problem' in parsed), JSON.stringify(parsed))
  return judge(parsed, { report, convergedAfterMs: (mark) => (mark === 'heal' ? afterMs : undefined) })
}

function problem(text: string): string {
  const parsed = parseExpectation(text)
  return 'problem' in parsed ? parsed.problem : 'none'
}

describe('an expectation', () => {
  for (const [text, held, value] of [
    ['blocks.coverage_ms.t95 < 500', true, 400],
    ['blocks.coverage_ms.t95 < 400', false, 400],
    ['blocks.coverage_ms.t95 <= 400', true, 400],
    ['blocks.coverage_ms.t95 > 0.4s', false, 400],
    ['blocks.coverage_ms.t95 >= 0.4s', true, 400],
    ['blocks.coverage_ms.t95<500ms', true, 400],
    ['consistency.longest_disagreement_s = 1500ms', true, 1.5],
    ['consistency.longest_disagreement_s < 1m', true, 1.5],
    ['blocks.delivery_ratio > 99%', true, 0.995],
    ['traffic.by_kind.block = 10', true, 10],
    ['traffic.by_kind.block == 10', true, 10],
    ['consistency.converged', true, null],
    ['validity.ok', false, null],
    // What never arrived holds nothing, in either direction.
    ['blocks.coverage_ms.t99 < 500', false, null],
    ['blocks.coverage_ms.t99 > 500', false, null],
    // What an engine did not measure neither.
    ['repair.rounds < 5', false, null],
    ['environment.real_seconds_per_virtual_second <= 20', false, null]
  ] as const) {
    it(`${held ? 'holds' : 'does not hold'}: ${text}`, () => deepEqual(verdict(text), { text, held, value }))
  }

  it('about agreement says so when no such step happened', () => {
    const text = 'consistency.converged within 10s of start'
    deepEqual(verdict(text), { text, held: false, value: null, reason: 'no start happened in the run' })
  })

  it('about agreement holds up to its limit', () => {
    const text = 'consistency.converged within 10s of heal'
    deepEqual(verdict(text, 10_000), { text, held: true, value: 10_000 })
    deepEqual(verdict(text, 10_001), { text, held: false, value: 10_001 })
    deepEqual(verdict(text, null), { text, held: false, value: null })
  })

  for (const [text, why] of [
    ['', /^ must be like "blocks\.coverage_ms\.t95 < 500"/],
    ['blocks.coverage_ms.t59 < 500', /report\.json has no .*, did you mean blocks\.coverage_ms\.t/],
    ['blocks < 500', /^: "blocks" of report\.json is a group, which has published, eligible, /],
    ['beauty > 1', /^: report\.json has no "beauty"; docs\/report\.md lists its figures$/],
    ['transactions.delivery_ratio => 1', /: no such comparison: "=>", did you mean >=\?$/],
    ['blocks.coverage_ms.t95', /comes <, <=, >, >= or = and a number$/],
    ['blocks.coverage_ms.t95 === 4', /not "= 4"$/],
    ['blocks.coverage_ms.t95 < fast', / must end in a number, .*, not "fast"$/],
    ['blocks.coverage_ms.t95 < 5%', / is a time, not a share$/],
    ['blocks.published > 5s', / is not a time$/],
    ['validity.ok within 5s of heal', /comes nothing$/],
    ['consistency.converged = 1', /comes nothing, or "within 10s of heal"$/],
    ['consistency.converged within 10 of heal', /^ needs a unit: within 10s$/],
    ['consistency.converged within 10s of crash', /they still agree then; write "of start"$/],
    ['consistency.converged within 10s of partition', /write "of heal"$/],
    ['consistency.converged within 10s of heel', /no such step, .*, did you mean heal\?$/]
  ] as const) {
    it(`is refused: ${JSON.stringify(text)}`, () => ok(why.test(problem(text)), problem(text)))
  }

  it('can be about every figure of a report', () => {
    const golden: unknown = JSON.parse(readFileSync(new URL('../report/golden-report.json', import.meta.url), 'utf8'))
    const paths = (value: unknown, path: string): string[] => {
      if (typeof value === 'number') return [path]
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
      return Object.entries(value).flatMap(([key, child]) => paths(child, path === '' ? key : `${path}.${key}`))
    }
    const all = paths(golden, '').filter((path) => !/^(config|by_region|seed)\b/.test(path))
    ok(all.length > 50)
    deepEqual(
      all.filter((path) => 'problem' in parseExpectation(`${path} > 0`)),
      []
    )
    equal(problem('config.nodes > 0').includes('report.json has no'), true)
  })
})
