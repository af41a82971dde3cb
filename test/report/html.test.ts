import assert from 'node:assert/strict'
import { buildDetails, buildReport, Collector, renderHtml, type ReportInput } from '../../src/report/index.ts'
import { bentScale, linearScale, logScale } from '../../src/report/chart-scale.ts'
import { html, Markup } from '../../src/report/markup.ts'
import { MESHED_AT, madeRun, nodeNames, reportInput, startedCollector } from './made-run.ts'

function pageOf(input: ReportInput): string {
  return renderHtml(buildReport(input), buildDetails(input))
}

function pageOfRun(nodes: number, init: Partial<ReportInput> = {}): string {
  const run = madeRun({ nodes, blocks: 8, transactionsPerBlock: 2, missed: 0.02 })
  const collector = startedCollector(run.nodes)
  for (const event of run.events.flat()) collector.onEvent(event)
  return pageOf(reportInput(collector, { endedAt: MESHED_AT + 17_000, ...init }))
}

/** Elements opened and not closed again; checks nesting on the way. */
function openElements(page: string): string[] {
  const isVoid = new Set(['meta', 'doctype'])
  const open: string[] = []
  for (const [, closing, name, rest] of page.matchAll(/<(\/?)!?([a-z0-9]+)((?:"[^"]*"|[^">])*)>/g)) {
    if (name === undefined || isVoid.has(name) || rest?.endsWith('/')) continue
    if (closing === '') open.push(name)
    else assert.equal(open.pop(), name, `</${name}> closes another element`)
  }
  return open
}

describe('report.html', () => {
  it('shows figures, curve, timeline, trees and nodes of a run', () => {
    const page = pageOfRun(10)
    for (const title of [
      'How fast items spread',
      'Every block over the run',
      'Median block',
      'Slowest block',
      'Nodes'
    ]) {
      assert.ok(page.includes(title), title)
    }
    assert.equal(page.match(/<tspan class="name">/g)?.length, 20, 'each node has a row in both trees')
  })

  it('refers to nothing outside of itself, and runs nothing', () => {
    const page = pageOfRun(10)
    assert.doesNotMatch(
      page,
      /https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|<iframe|\son[a-z]+=|\ssrc=|\shref="[^#]/i
    )
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/)
  })

  it('marks faults on every time axis, and gives them as a table', () => {
    const faults = [
      { at_s: 3, kind: 'partition', nodes: ['n1', 'n2'] },
      { at_s: 9, kind: 'heal', nodes: [], note: 'by hand' }
    ]
    const page = pageOfRun(10, { faults })
    assert.equal(page.match(/<g class="fault"><title>3\.0 s: partition n1, n2<\/title>/g)?.length, 2, 'two axes')
    assert.match(page, /What was done to the network on purpose[\s\S]*by hand/)
    assert.deepEqual(openElements(page), [])
  })

  it('marks t50, t95 and t99 of both kinds on their curves', () => {
    const page = pageOfRun(10)
    for (const kind of ['Blocks', 'Transactions']) {
      for (const mark of ['t50', 't95', 't99']) assert.ok(page.includes(`<title>${kind}, ${mark}: `), `${kind} ${mark}`)
    }
  })

  it('draws forks: stale blocks, reorganisations and how many nodes agreed', () => {
    const collector = startedCollector(nodeNames(3))
    const at = MESHED_AT + 5000
    for (const [node, id, height] of [
      ['n1', 'aa', 1],
      ['n2', 'bb', 1],
      ['n1', 'cc', 2]
    ] as const) {
      // biome-ignore format: a table
      collector.onEvent({ node, type: 'published', kind: 'block', id, at: at + height, bytes: 1, height, transactions: 0 })
    }
    const head = (node: string, hash: string, height: number, abandoned: number, after: number) =>
      collector.onEvent({ node, type: 'head', hash, height, work: `${height}`, abandoned, at: at + after })
    for (const [node, hash] of [['n1', 'aa'], ['n2', 'bb'], ['n3', 'bb']] as const) head(node, hash, 1, 0, 10) // biome-ignore format: a list
    for (const node of nodeNames(3)) {
      collector.onEvent({ node, type: 'imported', id: 'cc', parent: 'bb', height: 2, transactions: [], at: at + 2000 })
      head(node, 'cc', 2, node === 'n1' ? 0 : 1, 2000)
    }
    const page = pageOf(reportInput(collector))
    assert.match(page, /7\.0 s: 2 nodes left 1 block for #2/)
    assert.match(page, /class="stale-block"/)
    assert.match(page, /number of different heads, 2 at most/)
    assert.deepEqual(openElements(page), [])
  })

  it('can be used by keyboard: a skip link to the figures, and every scrolled part takes the focus', () => {
    const page = pageOfRun(10)
    assert.match(page, /<a class="skip" href="#main">[\s\S]*<main id="main" tabindex="-1">/)
    assert.equal(
      page.match(/class="scroll"/g)?.length,
      page.match(/class="scroll" tabindex="0" role="region" aria-label="/g)?.length
    )
    assert.match(page, /:focus-visible/)
    assert.match(page, /prefers-color-scheme: dark[\s\S]*@media print/)
  })

  it('stays below two megabytes with a thousand nodes, and says what it leaves out', () => {
    const page = pageOfRun(1000)
    assert.ok(page.length < 2_000_000, `${page.length} bytes`)
    assert.match(page, /700 faster nodes left out/)
    assert.match(page, /more nodes are not drawn/)
  }).timeout(20_000)

  it('is well formed with one node, ten and three hundred', () => {
    for (const nodes of [1, 2, 10, 300]) assert.deepEqual(openElements(pageOfRun(nodes)), [], `${nodes} nodes`)
  })

  it('gives every picture a title and a description, and unique ids', () => {
    const page = pageOfRun(10)
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
    const labels = [...page.matchAll(/role="img" aria-labelledby="([^"]+)"/g)].flatMap(([, names]) => names?.split(' '))
    assert.equal(labels.length / 2, 8, 'curve, timeline, forks, two by hops, two trees, copies')
    for (const label of labels) assert.ok(ids.includes(label), label)
  })

  it('says in place of a curve that nothing was delivered', () => {
    const page = pageOf(reportInput(startedCollector(nodeNames(3))))
    assert.match(page, /Nothing was delivered/)
    assert.match(page, /not valid/)
    assert.doesNotMatch(page, /NaN|Infinity|undefined/)
  })

  it('writes no value that is not one, also when blocks were lost', () => {
    const run = madeRun({ nodes: 5, blocks: 4, transactionsPerBlock: 1 })
    const collector = startedCollector(run.nodes)
    for (const event of run.events.slice(0, 3).flat()) collector.onEvent(event)
    const page = pageOf(reportInput(collector))
    assert.match(page, /Never arrived at/)
    assert.doesNotMatch(page, /NaN|Infinity|undefined/)
  })

  it('escapes every text that comes from outside', () => {
    const evil = '"><script>alert(1)</script>&\''
    const nodes = [evil, `${evil}2`]
    const collector = new Collector({ nodes, peerNames: new Map() })
    for (const node of nodes) collector.nodeUp(node, MESHED_AT - 1)
    collector.meshed(MESHED_AT)
    const item = { kind: 'block', id: '<b>x</b>', at: MESHED_AT + 5 } as const
    collector.onEvent({ ...item, type: 'published', node: evil, bytes: 1, height: 1, transactions: 0 })
    collector.onEvent({ ...item, type: 'delivered', node: `${evil}2`, via: 'gossip', from: evil, at: MESHED_AT + 9 })
    collector.nodeDown(evil, MESHED_AT + 100)
    const page = pageOf(
      reportInput(collector, {
        scenario: evil,
        environment: { [evil]: evil },
        config: { [evil]: '</pre><script>' },
        expectations: [{ text: evil, held: false, value: null }]
      })
    )
    assert.doesNotMatch(page, /<script|<b>/)
    assert.ok(page.includes('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;'))
    assert.deepEqual(openElements(page), [])
  })
})

describe('markup', () => {
  it('escapes text, keeps markup, joins lists, drops undefined', () => {
    const page = html`<p title="${'"'}">${'<&>'}${html`<b>${1}</b>`}${['a', html`<i>`]}${undefined}</p>`
    assert.equal(page.text, '<p title="&quot;">&lt;&amp;&gt;<b>1</b>a<i></p>')
    assert.ok(page instanceof Markup)
  })
})

describe('scales', () => {
  it('put round values on ticks', () => {
    assert.deepEqual(linearScale(0, 30, 0, 300).ticks, [0, 5, 10, 15, 20, 25, 30])
    assert.deepEqual(linearScale(0, 0.3, 0, 300).ticks, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    assert.deepEqual(logScale(0.9, 1100, 0, 300).ticks, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
    assert.deepEqual(logScale(0.1, 1e6, 0, 300).ticks, [0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000])
  })

  it('keep what is outside at the edge, and order within', () => {
    for (const scale of [linearScale(1, 100, 0, 50), logScale(1, 100, 0, 50), bentScale(1, 100, 0, 50)]) {
      assert.equal(scale.at(1000), 50)
      assert.equal(scale.at(0), 0)
      assert.ok(scale.at(10) < scale.at(20))
    }
  })

  it('bear a single value', () => {
    assert.ok(Number.isFinite(linearScale(5, 5, 0, 100).at(5)))
    assert.ok(Number.isFinite(logScale(5, 5, 0, 100).at(5)))
  })
})
