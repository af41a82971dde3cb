// The dashboard of a run that has ended: its page and one stream that says everything at once. Nothing can be changed.
import { liveUpdate } from './live/schema.ts'
import type { Feed } from './live/feed.ts'
import { type PageFiles, pageRoutes } from './page.ts'
import { routesFor } from './route.ts'
import { type ListenOptions, type RunningApi, type ServerInit, startServer } from './server.ts'

export interface RecordedApiInit extends Pick<ListenOptions, 'port'> {
  readonly feed: Feed
  readonly page: PageFiles
  readonly runtime: ServerInit<undefined, never>['runtime']
}

const { updates } = routesFor<undefined>()

/** Starts listening; resolves and rejects as `startNodeApi` does. */
export function startRecordedApi({ feed, page, runtime, port }: RecordedApiInit): Promise<RunningApi> {
  return startServer<undefined, never>({
    port,
    runtime,
    routes: [
      updates({ path: '/v1/updates', summary: 'The run, as updates of a live view', update: liveUpdate }),
      ...pageRoutes<undefined>(page, undefined)
    ],
    context: undefined,
    subscribe: () => () => {},
    live: feed
  })
}
