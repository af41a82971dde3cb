// libuv's thread pool, where signatures are checked and the disk is synced. It has four threads whatever the machine: on
// two cores they leave the event loop half of one while they are busy, and then have nothing to do while it catches up;
// on eight cores half of them rest.
import { availableParallelism } from 'node:os'

/** One for the disk while the other checks. */
const THREADS_MIN = 2

/**
 * As many threads as there are cores. Of a process, so it is for whoever owns the process to say; before anything uses
 * the pool. What the environment says comes first.
 */
export function sizeThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(THREADS_MIN, availableParallelism()))
}
