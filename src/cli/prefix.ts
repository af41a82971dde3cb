// Ids as people type them: the first digits, as printed by the other commands, which leave out leading zeros.
import { cliDefaults } from '../config/index.ts'
import { CliError, usageError } from './errors.ts'
import { abbreviate } from './parse.ts'

export const PREFIX_DIGITS_MIN = 4

/** With its leading zeros or without them. */
export function beginsWith(id: string, prefix: string): boolean {
  return id.startsWith(prefix) || id.replace(/^0+/, '').startsWith(prefix)
}

/**
 * The full id. Anything shorter than 64 digits is looked up among the latest ids, `latest(limit)`. Throws when it is
 * no beginning of an id, of none that is known, or of several. `names`: what it is called by, where ids are not all.
 */
export async function findByPrefix(
  noun: string,
  text: string,
  latest: (limit: number) => Promise<readonly string[]>,
  names = `A ${noun} is named by 64 hex digits or the first few of them`
): Promise<string> {
  const prefix = text.toLowerCase().replace(/…$/, '')
  if (!/^[0-9a-f]+$/.test(prefix) || prefix.length > 64) {
    throw usageError(`${names}, not "${abbreviate(text)}".`)
  }
  if (prefix.length === 64) return prefix
  if (prefix.length < PREFIX_DIGITS_MIN) {
    throw usageError(`Give at least ${PREFIX_DIGITS_MIN} digits of the ${noun}'s id.`)
  }
  const ids = await latest(cliDefaults.prefixSearchLimit)
  const found = [...new Set(ids.filter((id) => beginsWith(id, prefix)))]
  const [only] = found
  if (only === undefined) {
    throw new CliError('not-found', `No recent ${noun} begins with ${prefix}.`, {
      hint: 'An older one needs its full id.'
    })
  }
  if (found.length > 1) throw usageError(`${found.length} ${noun}s begin with ${prefix}: give more digits.`)
  return only
}
