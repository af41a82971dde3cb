// Hashes, Merkle roots and signatures: pure functions of bytes.
export type { KeyPair } from './ed25519.ts'
export { keyPairFromLabel, keyPairFromSecret, verifySignature } from './ed25519.ts'
export { sha256, sha256d, sha256Hex } from './hash.ts'
export { merkleRoot, merkleRootOfHex } from './merkle.ts'
export type { SipKey } from './siphash.ts'
export { SIPHASH_KEY_BYTES, sipHash, sipHashHexIds, sipHashIds, sipHashInto, sipKey } from './siphash.ts'
