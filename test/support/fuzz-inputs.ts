// Inputs for decoders, all from one seed: random bytes, and sound ones that were overwritten, cut, lengthened, spliced
// or given a hostile length.
import type { Random } from '../../src/runtime/index.ts'

/** Integers that lengths and counts break at, as fixed-width fields and as varints. */
const HOSTILE = [
  'ffffffff',
  '7fffffff',
  '80000000',
  '00010000',
  '00010001',
  '00200000',
  '00000000',
  '001fffffffffffff',
  '0020000000000000',
  'ffffffffffffffff',
  'ffffffff0f',
  'ffffffffffffffffff01',
  '8080808080808080808000',
  '808000'
].map((hex) => Buffer.from(hex, 'hex'))

/** One input. `seeds` must not be empty. */
export function makeInput(random: Random, seeds: readonly Uint8Array[], maxBytes: number): Uint8Array {
  const way = random.int(10)
  if (way === 0) return randomBytes(random, random.int(random.int(8) === 0 ? maxBytes : Math.min(maxBytes, 300)))
  const seed = random.pick(seeds) ?? new Uint8Array()
  if (way === 1) return new Uint8Array(seed.subarray(0, random.int(seed.length + 1)))
  // Not slice(): a Buffer's shares its bytes, and the next input would begin from a spoilt seed.
  let bytes: Uint8Array = new Uint8Array(seed)
  for (let changes = 1 + random.int(3); changes > 0; changes--) bytes = change(random, bytes, seeds)
  return bytes.length > maxBytes ? bytes.subarray(0, maxBytes) : bytes
}

function change(random: Random, bytes: Uint8Array, seeds: readonly Uint8Array[]): Uint8Array {
  const at = random.int(bytes.length + 1)
  switch (random.int(6)) {
    case 0:
      return overwrite(bytes, at, randomBytes(random, 1 + random.int(8)))
    case 1:
      return overwrite(bytes, at, random.pick(HOSTILE) ?? HOSTILE[0])
    case 2:
      return overwrite(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.int(8))))
    case 3:
      return Buffer.concat([bytes, randomBytes(random, random.int(200))])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.int(300))])
    default: {
      const other = random.pick(seeds) ?? bytes
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.int(other.length + 1))])
    }
  }
}

function overwrite(bytes: Uint8Array, at: number, value: Uint8Array = new Uint8Array()): Uint8Array {
  bytes.set(value.subarray(0, bytes.length - at), at)
  return bytes
}

function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = random.int(256)
  return bytes
}
