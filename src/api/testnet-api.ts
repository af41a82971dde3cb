// The HTTP API of a testnet's controller.
import type { Runtime } from '../runtime/index.ts'
import type { NamedEvent } from '../trace/index.ts'
import { toHex } from '../wire/index.ts'
import { openApiDocument } from './openapi.ts'
import { type PageFiles, pageRoutes } from './page.ts'
import { type RunningApi, type ListenOptions, type ServerInit, startServer } from './server.ts'
import type { TestnetService } from './services.ts'
import { type TestnetContext, testnetRoutes } from './testnet-routes.ts'
import { Waits } from './waits.ts'

/** On loopback alone: its buttons are for whoever sits at this machine. */
export interface TestnetApiInit extends Pick<ListenOptions, 'port'> {
  readonly service: TestnetService
  /** The dashboard; none when absent. */
  readonly page?: PageFiles | undefined
  readonly runtime: ServerInit<TestnetContext, NamedEvent>['runtime'] & Pick<Runtime, 'entropy'>
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
export function startTestnetApi({ service, runtime, page, port }: TestnetApiInit): Promise<RunningApi> {
  const pageToken = toHex(runtime.entropy.bytes(16))
  return startServer<TestnetContext, NamedEvent>({
    port,
    runtime,
    routes: page === undefined ? testnetRoutes : [...testnetRoutes, ...pageRoutes<TestnetContext>(page, pageToken)],
    live: service.live,
    pageToken,
    context: {
      service,
      waits: new Waits(runtime.timers),
      logger: runtime.logger,
      document: () => testnetOpenApi(service.view().version)
    },
    subscribe: (sink) => service.subscribe(sink)
  })
}
