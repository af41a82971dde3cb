// Repeatable randomness: xoshiro128** (Blackman, Vigna: "Scrambled Linear Pseudorandom Number Generators", 2018),
// seeded by sha256 of a label, so that every component draws from a stream of its own. Not for secrets.
import { randomBytes } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Entropy, Random } from './types.ts'

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/** A generator whose whole output is a function of `seed`. */
export function seededRandom(seed: string | number): Random {
  const label = String(seed)
  const digest = sha256(new TextEncoder().encode(label))
  const view = new DataView(digest.buffer, digest.byteOffset, 16)
  let [a, b, c, d] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)]

  const next32 = (): number => {
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotl(d, 11)
    return result
  }
  const next = (): number => ((next32() >>> 5) * 0x4000000 + (next32() >>> 6)) / 2 ** 53
  const int = (bound: number): number => Math.floor(next() * bound)

  return {
    next,
    int,
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick: (items) => items[int(items.length)],
    shuffle: (items) => {
      const out = [...items]
      for (let i = out.length - 1; i > 0; i--) {
        const j = int(i + 1)
        const held = out[i] as (typeof out)[number]
        out[i] = out[j] as (typeof out)[number]
        out[j] = held
      }
      return out
    },
    fork: (name) => seededRandom(`${label}/${name}`)
  }
}

/** A fresh seed for a run that was not given one; a number so that a person can retype it. */
export function freshSeed(): number {
  return randomBytes(4).readUInt32BE(0)
}

export const realEntropy: Entropy = { bytes: (length) => new Uint8Array(randomBytes(length)) }
