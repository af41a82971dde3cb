// What a node says of itself: it alone can, by its signature. Generation and version only ever grow. Pure: the signature
// function and the time are passed in.
import {
  type Heartbeat,
  type Hex,
  memberIdAt,
  type Profile,
  type ProfileFields,
  signHeartbeat,
  signProfile
} from '../wire/index.ts'

export interface OwnInit {
  /** 32-byte ed25519 key. */
  readonly key: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
  /** Network id, 8 bytes, hex. */
  readonly network: Hex
  /** Second of the start, higher than of any start before. */
  readonly generation: number
  readonly profile: Omit<ProfileFields, 'generation' | 'version'>
}

export interface OwnState {
  /** Seconds since the Unix epoch. */
  readonly time: number
  readonly intervalMs: number
  readonly leaving: boolean
  readonly height: number
  /** First 8 bytes of the head's hash, hex. */
  readonly head: Hex
}

export class OwnRecord {
  readonly id: string
  readonly #init: OwnInit
  #generation: number
  #version = 0
  #profile: Profile

  constructor(init: OwnInit) {
    this.#init = init
    this.id = memberIdAt(init.key, 0)
    this.#generation = init.generation
    this.#profile = this.#signProfile(init.profile)
  }

  get generation(): number {
    return this.#generation
  }

  get profile(): Profile {
    return this.#profile
  }

  /** A new profile; the next heartbeat tells of it. Throws `WireError` for one that does not fit. */
  describe(change: Partial<OwnInit['profile']>): void {
    const { agent, role, addresses, tags } = { ...this.#profile, ...change }
    this.#profile = this.#signProfile({ agent, role, addresses, tags })
  }

  renew({ time, intervalMs, leaving, height, head }: OwnState): Heartbeat {
    const { key, network, sign } = this.#init
    return signHeartbeat(
      {
        generation: this.#generation,
        version: ++this.#version,
        profileVersion: this.#profile.version,
        time,
        intervalMs,
        leaving,
        height,
        head
      },
      key,
      network,
      sign
    )
  }

  /** Somebody has a record of ours that we don't remember (a lost disk, a clock that went back): speak after it. */
  outgrow(generation: number): void {
    if (generation < this.#generation) return
    this.#generation = generation + 1
    this.#version = 0
    this.describe({})
  }

  #signProfile(fields: OwnInit['profile']): Profile {
    const { key, network, sign } = this.#init
    return signProfile({ ...fields, generation: this.#generation, version: ++this.#version }, key, network, sign)
  }
}

/**
 * The generation of a start at `nowS`, after `last` (undefined: none is remembered). One from the far future, of a clock
 * that was wrong, is not continued: others refused it.
 */
export function nextGeneration(nowS: number, last: number | undefined, aheadMaxS: number): number {
  return last === undefined || last > nowS + aheadMaxS ? nowS : Math.max(nowS, last + 1)
}
