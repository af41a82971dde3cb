// Long polls longer than the server grants to one request are asked for in slices.
import { apiDefaults } from '../../config/index.ts'
import { ApiError } from './error.ts'
import type { Http } from './http.ts'
import type { WaitOptions } from './types.ts'

/**
 * Asks for `path` until `fulfilled` or the time is up, then returns the item as it stands. Rejects with `not-found`
 * when it was still unknown at the end.
 */
export async function waitFor<T>(
  http: Http,
  path: string,
  options: WaitOptions,
  fulfilled: (item: T, wait: 'seen' | 'included') => boolean
): Promise<T> {
  const { wait } = options
  if (wait === undefined) return http.json<T>({ path })
  let leftMs = options.timeoutMs ?? apiDefaults.waitMs
  for (;;) {
    const waitMs = Math.min(leftMs, apiDefaults.waitMaxMs)
    leftMs -= waitMs
    try {
      const item = await http.json<T>({ path, query: { wait, timeout_ms: Math.round(waitMs) }, waitMs })
      if (leftMs <= 0 || fulfilled(item, wait)) return item
    } catch (error) {
      if (leftMs <= 0 || !(error instanceof ApiError && error.code === 'not-found')) throw error
    }
  }
}
