// Recording in a run: which file a node's events go to, and what is told of all of them.
import { join } from 'node:path'
import { traceDefaults } from '../../config/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import { topicNames } from '../../network/index.ts'
import type { Node } from '../../node/index.ts'
import { type Runtime, silentLogger } from '../../runtime/index.ts'
import { openTraceFile, type TraceCounters, TraceRecorder, TRACES } from '../../trace/index.ts'

/** A recorder for one life of a node, with a file of its own. The caller closes it after the node's end. */
export async function openRecorder(
  genesis: Genesis,
  name: string,
  directory: string,
  { logger }: Runtime
): Promise<TraceRecorder> {
  const file = await openTraceFile(directory, name, { logger })
  return new TraceRecorder({ topics: topicNames(genesis.hash.slice(0, 8)), file })
}

/** Records a node's events from now on. */
export function recordEvents(recorder: TraceRecorder, { events, host, runtime }: Node, name: string): void {
  const traced = recorder.node(name, host.peerId, runtime.clock.now())
  events.subscribe((event) => recorder.write(traced, event))
}

/** One recorder for all nodes of a simulation, with a file of its own if one is wanted. The caller closes it. */
export async function recordSimulation(
  genesis: Genesis,
  { trace, directory }: { readonly trace: 'hash' | 'file' | 'none'; readonly directory?: string }
): Promise<TraceRecorder> {
  const topics = topicNames(genesis.hash.slice(0, 8))
  if (trace !== 'file' || directory === undefined) return new TraceRecorder({ topics, hashed: true })
  const file = await openTraceFile(join(directory, TRACES), 'all', {
    logger: silentLogger,
    chunksMax: traceDefaults.simulationChunksMax
  })
  return new TraceRecorder({ topics, hashed: true, file })
}

export function sumTraces(counters: readonly (TraceCounters | undefined)[]): TraceCounters {
  return {
    events: counters.reduce((sum, each) => sum + (each?.events ?? 0), 0),
    dropped: counters.reduce((sum, each) => sum + (each?.dropped ?? 0), 0)
  }
}
