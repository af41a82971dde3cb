// Several trace files as one, by time, with the nodes' names. Within a file records are in the order in which they were
// told, which is nearly that of their times (an arrival is told when it has been looked at, and dated when it came).
import { readTrace, type TraceEnd } from './reader.ts'
import type { TracedEvent, TraceRecord } from './decoder.ts'

export interface MergedRecord {
  /** The node's name, or its peer id in a trace without names. */
  readonly node: string
  readonly ns: bigint
  readonly event: TracedEvent
}

export interface MergeInit {
  /** Only what these nodes recorded, by name or peer id; absent: all. */
  readonly nodes?: ReadonlySet<string>
  /** Told how each file ended. */
  readonly onEnd: (path: string, end: TraceEnd) => void
}

interface Source {
  readonly path: string
  readonly records: AsyncGenerator<TraceRecord, TraceEnd, undefined>
  head: TraceRecord
}

export class MergedTrace {
  /** Names of nodes by their peer ids, as far as they were read. */
  readonly names = new Map<string, string>()
  readonly #paths: readonly string[]
  readonly #init: MergeInit

  constructor(paths: readonly string[], init: MergeInit) {
    this.#paths = paths
    this.#init = init
  }

  /** Rejects when a file can't be opened. Leaving early closes all files. */
  async *records(): AsyncGenerator<MergedRecord, void, undefined> {
    const sources: Source[] = []
    try {
      for (const path of this.#paths) {
        const records = readTrace(path)
        const first = await records.next()
        if (first.done) this.#init.onEnd(path, first.value)
        else sources.push({ path, records, head: this.#named(first.value) })
      }
      while (sources.length > 0) {
        const source = earliest(sources)
        const { head } = source
        if (this.#isWanted(head.peer)) yield { node: this.nameOf(head.peer), ns: head.ns, event: head.event }
        const next = await source.records.next()
        if (!next.done) {
          source.head = this.#named(next.value)
          continue
        }
        sources.splice(sources.indexOf(source), 1)
        this.#init.onEnd(source.path, next.value)
      }
    } finally {
      for (const { records } of sources) await records.return({ records: 0, state: 'torn' })
    }
  }

  nameOf(peer: string): string {
    return this.names.get(peer) ?? peer
  }

  #named(record: TraceRecord): TraceRecord {
    if (record.event.type === 'node') this.names.set(record.peer, record.event.name)
    return record
  }

  #isWanted(peer: string): boolean {
    const { nodes } = this.#init
    return nodes === undefined || nodes.has(peer) || nodes.has(this.nameOf(peer))
  }
}

/** There are few files, one per node of a testnet, and most simulations have one. */
function earliest(sources: readonly Source[]): Source {
  return sources.reduce((first, source) => (source.head.ns < first.head.ns ? source : first))
}
