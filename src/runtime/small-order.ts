// ed25519 points of small order, as encoded (libsodium's list has the same seven; the sign bit does not matter). A key
// or commitment of small order makes signatures that hold for many messages; OpenSSL refuses them from 3.5 on and
// accepted them before, so the rule must not depend on whose OpenSSL this Node carries.

const ENCODINGS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
].map((hex) => Buffer.from(hex, 'hex'))

/** Whether the point encoded at `offset` (32 bytes) has small order. */
export function isSmallOrder(bytes: Uint8Array, offset = 0): boolean {
  return ENCODINGS.some((encoding) => {
    for (let i = 0; i < 31; i++) if (bytes[offset + i] !== encoding[i]) return false
    return ((bytes[offset + 31] ?? 0) & 0x7f) === encoding[31]
  })
}
