// What a node says of itself: its addresses, the tags of its configuration, and what was changed in them by command since.
// Only changes are remembered, so that a configuration that changes is not overruled by what an older one said. Pure.
import { MEMBER_ADDRESS_MAX_LENGTH, type Tags, WireError } from '../wire/index.ts'
import { hostOf, isLoopback } from './address.ts'

/** Addresses a node tells of itself: room is left for tags. */
const ADDRESSES_MAX = 4

interface Described {
  readonly addresses: readonly string[]
  readonly tags: Tags
}

/** By name: a value, or null for a configured tag that was removed. */
export type TagChanges = Readonly<Record<string, string | null>>

/** The configured tags with the changes. */
export function applyChanges(configured: Tags, changes: TagChanges): Tags {
  const entries = Object.entries({ ...configured, ...changes })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null))
}

/** Earlier changes and new ones, of which `undefined` removes a tag. What says nothing any more is left out. */
export function mergeChanges(
  configured: Tags,
  earlier: TagChanges,
  now: Readonly<Record<string, string | undefined>>
): TagChanges {
  const all = Object.entries({ ...earlier, ...now }).map(([name, value]) => [name, value ?? null] as const)
  return Object.fromEntries(all.filter(([name, value]) => value !== null || Object.hasOwn(configured, name)))
}

/** What an earlier start kept; what makes no sense is left out. */
export function remembered(value: unknown): { readonly generation: number | undefined; readonly changes: TagChanges } {
  const { generation, tags } = Object(value) as { generation?: unknown; tags?: unknown }
  const entries = Object.entries(Object(tags))
  return {
    generation: typeof generation === 'number' && Number.isSafeInteger(generation) ? generation : undefined,
    changes: Object.fromEntries(
      entries.filter((entry): entry is [string, string | null] => typeof entry[1] === 'string' || entry[1] === null)
    )
  }
}

/** Of its own addresses. Whoever listens on all that a machine has is first given the one that nobody else can reach. */
export function addressesToTell(addresses: readonly string[]): readonly string[] {
  const short = addresses.filter(({ length }) => length <= MEMBER_ADDRESS_MAX_LENGTH)
  const isLocal = (address: string): boolean => isLoopback(hostOf(address) ?? '')
  return [...short.filter((each) => !isLocal(each)), ...short.filter(isLocal)].slice(0, ADDRESSES_MAX)
}

/**
 * Makes a profile that fits, for a node that starts: addresses and configured tags may have grown since tags were set by
 * command, and a node that was fine must start. So some addresses are left out, or those tags; `onLess` is told. Throws the
 * `WireError` of what is configured, if that does not fit by itself.
 */
export function fitProfile<T>(
  { addresses: told, tags: configured }: Described,
  changes: TagChanges,
  make: (described: Described) => T,
  onLess: (left: Described) => void
): T {
  const tags = applyChanges(configured, changes)
  const fewer = told.slice(1).map((_, dropped) => ({ addresses: told.slice(0, told.length - 1 - dropped), tags }))
  for (const choice of [{ addresses: told, tags }, ...fewer]) {
    const made = tryTo(() => make(choice))
    if (made === undefined) continue
    if (choice.addresses.length < told.length) onLess(choice)
    return made
  }
  const least = { addresses: told, tags: configured }
  const made = make(least)
  onLess(least)
  return made
}

/** Undefined for what does not fit. */
function tryTo<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
