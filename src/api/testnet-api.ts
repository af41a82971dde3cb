// The HTTP API of a testnet's controller.
import type { NamedEvent } from '../trace/index.ts'
import { openApiDocument } from './openapi.ts'
import { type RunningApi, type ListenOptions, type ServerInit, startServer } from './server.ts'
import type { TestnetService } from './services.ts'
import { type TestnetContext, testnetRoutes } from './testnet-routes.ts'
import { Waits } from './waits.ts'

export interface TestnetApiInit extends ListenOptions {
  readonly service: TestnetService
  readonly runtime: ServerInit<TestnetContext, NamedEvent>['runtime']
}

let documentText: string | undefined

/** JSON text of the OpenAPI 3.1 document; made once per process. */
export function testnetOpenApi(version: string): string {
  documentText ??= JSON.stringify(
    openApiDocument(
      {
        title: 'Starling testnet',
        description: 'A running testnet: its nodes, and how each block and transaction spread among them.',
        version
      },
      testnetRoutes
    )
  )
  return documentText
}

/** Starts listening; resolves and rejects as `startNodeApi` does. */
export function startTestnetApi({ service, runtime, ...listen }: TestnetApiInit): Promise<RunningApi> {
  return startServer<TestnetContext, NamedEvent>({
    ...listen,
    runtime,
    routes: testnetRoutes,
    context: {
      service,
      waits: new Waits(runtime.timers),
      logger: runtime.logger,
      document: () => testnetOpenApi(service.view().version)
    },
    subscribe: (sink) => service.subscribe(sink)
  })
}
