// The gossip page's table of rounds is what rumour spreading gives.
import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Random, seededRandom } from '../src/runtime/index.ts'

const page = readFileSync(new URL('../docs/gossip.md', import.meta.url), 'utf8')

type Strategy = 'push' | 'pull' | 'push-pull'

/** Rounds until half of `nodes`, and until all of them, know what one knew; one random peer per node and round. */
function roundsToSpread(strategy: Strategy, nodes: number, random: Random): { half: number; all: number } {
  let knows = new Uint8Array(nodes)
  knows[0] = 1
  let count = 1
  let half = 0
  for (let round = 1; ; round++) {
    const after = knows.slice()
    for (let node = 0; node < nodes; node++) {
      const draw = random.int(nodes - 1)
      const peer = draw < node ? draw : draw + 1
      if (strategy !== 'pull' && knows[node] === 1) after[peer] = 1
      if (strategy !== 'push' && knows[peer] === 1) after[node] = 1
    }
    knows = after
    count = knows.reduce((sum, one) => sum + one, 0)
    if (half === 0 && 2 * count >= nodes) half = round
    if (count === nodes) return { half, all: round }
  }
}

describe('the table of rounds in the gossip page', () => {
  const RUNS = 100
  const rows = [...page.matchAll(/^\| ([\d,]+) \|((?: [\d.]+ \|){7})$/gm)]

  for (const [, nodesText = '', cells = ''] of rows) {
    const nodes = Number(nodesText.replace(',', ''))
    // The largest row takes seconds; it was made by the same function.
    if (nodes > 1000) continue
    it(`is right for ${nodes} nodes`, () => {
      const measured = (['push', 'pull', 'push-pull'] as const).flatMap((strategy) => {
        const random = seededRandom(`${strategy} ${nodes}`)
        const runs = Array.from({ length: RUNS }, () => roundsToSpread(strategy, nodes, random))
        const mean = (of: (run: { half: number; all: number }) => number): string =>
          (runs.reduce((sum, run) => sum + of(run), 0) / RUNS).toFixed(1)
        return [mean(({ half }) => half), mean(({ all }) => all)]
      })
      deepEqual(
        [Math.log2(nodes).toFixed(1), ...measured],
        cells
          .split('|')
          .slice(0, 7)
          .map((cell) => cell.trim())
      )
    })
  }

  it('was found', () => equal(rows.length, 4))
})
