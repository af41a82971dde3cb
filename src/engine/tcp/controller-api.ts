// The controller's API at its preferred port if that is free, at any other if not.
import { ApiStartError, type RunningApi, startTestnetApi, type TestnetApiInit } from '../../api/index.ts'

export async function startControllerApi(init: TestnetApiInit): Promise<RunningApi> {
  try {
    return await startTestnetApi(init)
  } catch (error) {
    if (init.port === 0 || !(error instanceof ApiStartError)) throw error
    return startTestnetApi({ ...init, port: 0 })
  }
}
