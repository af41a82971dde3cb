// Trace files: nobody waits for the disk, what is dropped is counted, and what is whole can be read after any end.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { traceDefaults } from '../../src/config/index.ts'
import { silentLogger } from '../../src/runtime/index.ts'
import {
  MergedTrace,
  type NodeEvent,
  openTraceFile,
  readTrace,
  TraceFile,
  type TraceEnd,
  TraceRecorder,
  type TraceRecord,
  traceFiles
} from '../../src/trace/index.ts'
import { N1, N2, SAMPLES, START_MS, TOPICS, TX } from './samples.ts'

const logger = silentLogger

async function readAll(path: string): Promise<{ records: TraceRecord[]; end: TraceEnd }> {
  const reading = readTrace(path)
  const records: TraceRecord[] = []
  for (;;) {
    const next = await reading.next()
    if (next.done) return { records, end: next.value }
    records.push(next.value)
  }
}

/** An event of which about 3,500 fill a chunk. */
const event = (i: number): NodeEvent => ({ type: 'duplicate', kind: 'block', id: TX, from: N2, at: START_MS + i })

describe('a trace file', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'starling-trace-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  async function record(name: string, events: readonly NodeEvent[], peer = N1): Promise<string> {
    const recorder = new TraceRecorder({ topics: TOPICS, file: await openTraceFile(directory, name, { logger }) })
    const node = recorder.node(name, peer, START_MS)
    for (const each of events) recorder.write(node, each)
    await recorder.close()
    return join(directory, `${name}.pb.gz`)
  }

  it('holds what was recorded', async () => {
    const { records, end } = await readAll(await record('n1', SAMPLES))
    deepEqual(
      records.slice(1).map((each) => each.event.type),
      SAMPLES.map(({ type }) => type)
    )
    deepEqual(end, { records: SAMPLES.length + 1, state: 'whole' })
  })

  it("stays when its node comes back: the next life's is another", async () => {
    for (let life = 0; life < 3; life++) await record('n1', SAMPLES)
    deepEqual((await traceFiles(directory)).map((path) => basename(path)).sort(), [
      'n1.2.pb.gz',
      'n1.3.pb.gz',
      'n1.pb.gz'
    ])
  })

  it('can be read while it is written, up to the last flush', async () => {
    const recorder = new TraceRecorder({ topics: TOPICS, file: await openTraceFile(directory, 'n1', { logger }) })
    const node = recorder.node('n1', N1, START_MS)
    recorder.write(node, event(0))
    recorder.flush()
    recorder.write(node, event(1))
    const path = join(directory, 'n1.pb.gz')
    // The disk answers when it likes.
    let records: TraceRecord[] = []
    for (; records.length < 2; records = (await readAll(path)).records);
    deepEqual((await readAll(path)).end, { records: 2, state: 'torn' })
    await recorder.close()
    deepEqual((await readAll(path)).end, { records: 3, state: 'whole' })
  })

  it('has the hash of the records in it, which does not depend on the file', async () => {
    const file = await openTraceFile(directory, 'all', { logger })
    const hashes = await Promise.all(
      [
        new TraceRecorder({ topics: TOPICS, hashed: true, file }),
        new TraceRecorder({ topics: TOPICS, hashed: true })
      ].map((recorder) => {
        const node = recorder.node('n1', N1, START_MS)
        for (let i = 0; i < 10_000; i++) recorder.write(node, event(i))
        return recorder.close()
      })
    )
    const unpacked = gunzipSync(readFileSync(join(directory, 'all.pb.gz')))
    ok(unpacked.length > traceDefaults.chunkBytes)
    const expected = createHash('sha256').update(unpacked).digest('hex')
    deepEqual(hashes, [expected, expected])
  })

  it('drops events when the disk stands still, counts them, and goes on when it moves again', async () => {
    const stalled: (() => void)[] = []
    let isStalled = true
    const disk = new PassThrough()
    const target = new Writable({
      write: (piece, _encoding, done) => {
        disk.write(piece)
        if (isStalled) stalled.push(done)
        else done()
      },
      final: (done) => void disk.end(done)
    })
    const file = new TraceFile(target, { logger, chunksMax: 2 })
    const recorder = new TraceRecorder({ topics: TOPICS, file })
    const node = recorder.node('n1', N1, START_MS)
    const COUNT = 100_000
    for (let i = 0; i < COUNT; i++) recorder.write(node, event(i))
    const { events, dropped } = recorder.counters()
    equal(events, COUNT + 1)
    ok(dropped > COUNT / 2 && dropped < COUNT, `${dropped} dropped`)
    isStalled = false
    for (const go of stalled.splice(0)) go()
    const written: Buffer[] = []
    disk.on('data', (piece: Buffer) => written.push(piece))
    await recorder.drained()
    recorder.write(node, event(COUNT))
    await recorder.close()
    const path = join(directory, 'n1.pb.gz')
    writeFileSync(path, Buffer.concat(written))
    const { records, end } = await readAll(path)
    equal(recorder.counters().dropped, dropped)
    deepEqual(end, { records: COUNT + 2 - dropped, state: 'whole' })
    equal(records.at(-1)?.event.at, event(COUNT).at)
  })

  it('is given up when it can not be written, and its events count as dropped', async () => {
    const target = new Writable({ write: (_piece, _encoding, done) => done(new Error('no space')) })
    const recorder = new TraceRecorder({ topics: TOPICS, file: new TraceFile(target, { logger }) })
    const node = recorder.node('n1', N1, START_MS)
    recorder.write(node, event(0))
    recorder.flush()
    await new Promise((resolve) => target.once('close', resolve))
    for (let i = 0; i < 10_000; i++) recorder.write(node, event(i))
    await recorder.close()
    ok(recorder.counters().dropped > 5_000)
  })

  it('that is torn anywhere is read up to the tear', async () => {
    const path = await record(
      'n1',
      Array.from({ length: 3_000 }, (_, i) => event(i))
    )
    const whole = readFileSync(path)
    const all = (await readAll(path)).records
    let before = 0
    for (const length of [0, 5, 10, 200, whole.length >> 1, whole.length - 9, whole.length - 1]) {
      writeFileSync(path, whole)
      truncateSync(path, length)
      const { records, end } = await readAll(path)
      deepEqual(end, { records: records.length, state: 'torn' }, `${length} bytes`)
      deepEqual(records, all.slice(0, records.length))
      ok(records.length >= before, `${length} bytes: ${records.length} records`)
      before = records.length
    }
    equal(before, all.length)
  })

  it('that is damaged never reads as whole, and what is no trace as damaged', async () => {
    const path = await record('n1', SAMPLES)
    const whole = readFileSync(path)
    for (let at = 12; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 0x55
      writeFileSync(path, damaged)
      const { end } = await readAll(path)
      ok(end.state !== 'whole', `byte ${at}`)
    }
    writeFileSync(path, 'this is a text and not a trace')
    deepEqual((await readAll(path)).end, { records: 0, state: 'damaged' })
    await rejects(readAll(join(directory, 'none.pb.gz')), { code: 'ENOENT' })
  })

  it('and others are one trace, by time and with names', async () => {
    await record('n2', [event(1), event(4)], N2)
    await record('n1', [event(2), event(3)])
    const ends: string[] = []
    const merged = new MergedTrace(await traceFiles(directory), { onEnd: (_path, { state }) => void ends.push(state) })
    const found: string[] = []
    for await (const { node, event } of merged.records()) found.push(`${node} ${event.type} ${event.at - START_MS}`)
    deepEqual(found.slice(2), ['n2 duplicate 1', 'n1 duplicate 2', 'n1 duplicate 3', 'n2 duplicate 4'])
    deepEqual(ends, ['whole', 'whole'])
    equal(merged.nameOf(N2), 'n2')
    const only = new MergedTrace(await traceFiles(directory), { onEnd: () => {}, nodes: new Set(['n2']) })
    const nodes: string[] = []
    for await (const { node } of only.records()) nodes.push(node)
    deepEqual(nodes, ['n2', 'n2', 'n2'])
  })
})
