// The HTTP API of a node.
import type { NodeEvent } from '../trace/index.ts'
import { NodeMetrics } from './metrics.ts'
import { type NodeContext, nodeRoutes } from './node-routes.ts'
import { openApiDocument } from './openapi.ts'
import { type RunningApi, type ListenOptions, type ServerInit, startServer } from './server.ts'
import type { NodeService } from './services.ts'
import { Waits } from './waits.ts'

export interface NodeApiInit extends ListenOptions {
  readonly service: NodeService
  readonly runtime: ServerInit<NodeContext, NodeEvent>['runtime']
}

let documentText: string | undefined

/** JSON text of the OpenAPI 3.1 document; made once per process. */
export function nodeOpenApi(version: string): string {
  documentText ??= JSON.stringify(
    openApiDocument(
      {
        title: 'Starling node',
        description: 'One node: its chain, its mempool, its peers, and what happens in it.',
        version
      },
      nodeRoutes
    )
  )
  return documentText
}

/**
 * Starts listening. Resolves with the URL and `close`; rejects with `ApiStartError` (`port-in-use`, `token-required`,
 * `bad-address`, `port-denied`).
 */
export async function startNodeApi({ service, runtime, ...listen }: NodeApiInit): Promise<RunningApi> {
  let server: RunningApi | undefined
  const metrics = new NodeMetrics(service, () => server?.streams() ?? 0)
  try {
    server = await startServer<NodeContext, NodeEvent>({
      ...listen,
      runtime,
      routes: nodeRoutes,
      context: {
        service,
        waits: new Waits(runtime.timers),
        metrics,
        document: () => nodeOpenApi(service.status().version)
      },
      subscribe: (sink) => service.events.subscribe(sink),
      onAnswer: (route, status) => metrics.answered(route, status),
      onDropped: (count) => metrics.dropped(count)
    })
  } catch (error) {
    metrics.close()
    throw error
  }
  const { url, streams, close } = server
  return { url, streams, close: () => close().finally(() => metrics.close()) }
}
