// The order of a member's records, which makes merging a join: the newest of any set is the same, whatever the order of
// arrival and however often each arrives. Pure.
import { type Heartbeat, MEMBER_KEY_BYTES, type Profile } from '../wire/index.ts'

/** Positive when `a` is the newer: generation, then version; two of one version (a cheating owner) by their bytes. */
export function compareRecords<T extends Heartbeat | Profile>(a: T, b: T): number {
  if (a.generation !== b.generation) return a.generation - b.generation
  if (a.version !== b.version) return a.version - b.version
  return a.bytes === b.bytes ? 0 : Buffer.compare(a.bytes, b.bytes)
}

/** Whether this is the profile that the heartbeat speaks of. */
export function belongs(profile: Profile, heartbeat: Heartbeat): boolean {
  return (
    profile.generation === heartbeat.generation &&
    profile.version === heartbeat.profileVersion &&
    isOfSameKey(profile, heartbeat)
  )
}

export function isOfSameKey(a: Heartbeat | Profile, b: Heartbeat | Profile): boolean {
  // Byte by byte: a comparison by Buffer would make two of them first.
  for (let i = 0; i < MEMBER_KEY_BYTES; i++) if (a.bytes[i] !== b.bytes[i]) return false
  return true
}
