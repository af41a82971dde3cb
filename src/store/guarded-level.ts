// LevelDB's own words for files that are damaged, as the store's error: whoever reads gets one sentence that says what
// to do, whichever file was hit and whenever it was noticed.
import { corrupt, StoreError } from './errors.ts'
import type { Level, LevelRange } from './level.ts'

/** What the system says of a file of the database that is torn, missing, or no file. Permissions and space are not. */
const DAMAGED_FILE = /^IO error: .*(Invalid argument|No such file or directory|Is a directory|truncated)/
const CORRUPTION = /^Corruption: /
/** Of a database without the file that leads to all others, where none may be made. */
const NO_DATABASE = /^Invalid argument: .*does not exist/

/** Whether LevelDB's error means damage. Synchronous reads give text without a code. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return [CORRUPTION, DAMAGED_FILE, NO_DATABASE].some((damage) => damage.test(error.message))
}

/** A level whose reads throw `StoreError`: `corrupt`, or `unavailable` when the system refused. */
export function guarded(level: Level): Level {
  return {
    getSync: (key) => {
      try {
        return level.getSync(key)
      } catch (error) {
        throw readError(error)
      }
    },
    batch: () => level.batch(),
    iterator: (range) => entries(level, range),
    close: () => level.close()
  }
}

async function* entries(level: Level, range: LevelRange): AsyncGenerator<[Uint8Array, Uint8Array]> {
  try {
    yield* level.iterator(range)
  } catch (error) {
    throw readError(error)
  }
}

/** What is broken, by name. LevelDB's own words may quote keys as they are, which are bytes and no text. */
export function fileOf(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const [name] = /(MANIFEST-\d+|CURRENT|\b\d{6,}\.(ldb|sst|log))\b/.exec(message) ?? []
  return name === undefined ? 'its database' : `${name} of its database`
}

function readError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (isDamage(error)) return corrupt(`${fileOf(error)} can't be read`, error)
  if (!error.message.startsWith('IO error: ')) return error
  return new StoreError('unavailable', `The data directory can't be read (${error.message}).`, { cause: error })
}
