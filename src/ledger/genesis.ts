// Genesis: the parameters of a network and its first header. The header's root field is a hash over a canonical
// encoding of every parameter, so networks that differ in anything differ in their id.
import { z } from 'zod'
import { sha256 } from '../crypto/index.ts'
import {
  decodeHeader,
  encodeHeader,
  fromHex,
  type Hex,
  NETWORK_ID_BYTES,
  SEAL_BYTES,
  type SealedHeader,
  toHex,
  viewOf,
  writeSafeUint64,
  writeUint32
} from '../wire/index.ts'
import { bitsToTarget, POW_LIMIT } from './consensus/compact.ts'
import { LedgerError } from './errors.ts'
import type { Account } from './types.ts'

export interface PowParameters {
  readonly kind: 'pow'
  readonly intervalMs: number
  /** Being this much behind or ahead of schedule halves or doubles the difficulty. */
  readonly halfLifeMs: number
  /** Compact target of the first blocks. */
  readonly bits: number
}

export interface AuthorityParameters {
  readonly kind: 'authority'
  readonly slotMs: number
  /** ed25519 keys in the order of their turns. */
  readonly sealers: readonly Hex[]
}

/** What is on disk as JSON. */
export interface GenesisFile {
  readonly schema: 'starling-genesis/1'
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly consensus: PowParameters | AuthorityParameters
  /** What a block's producer is credited besides the fees. */
  readonly reward: number
  readonly accounts: readonly { readonly address: Hex; readonly balance: number }[]
}

export interface Genesis {
  readonly file: GenesisFile
  /** Height 0, no producer, a seal of zeros. */
  readonly header: SealedHeader
  readonly hash: Hex
  /** The first 8 bytes of the hash: the network id in every transaction and header. */
  readonly network: Hex
}

/** Files larger than this (characters) are not read: room for about 150,000 accounts. */
const GENESIS_MAX_LENGTH = 16 * 1024 * 1024

const DURATION_MAX_MS = 2 ** 31 - 1
const key = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lowercase hex digits')
const amount = z.int().min(0)
const duration = z.int().min(1).max(DURATION_MAX_MS)

const genesisFileSchema = z.strictObject({
  schema: z.literal('starling-genesis/1'),
  name: z.string().min(1).max(64),
  time: amount,
  consensus: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('pow'),
      intervalMs: duration,
      halfLifeMs: duration,
      bits: z.int().min(0).max(0xffffffff).refine(isUsableTarget, 'not a target at or below the limit 0x207fffff')
    }),
    z.strictObject({
      kind: z.literal('authority'),
      slotMs: z.int().min(2).max(DURATION_MAX_MS),
      sealers: z.array(key).min(1).max(1000).refine(isDistinct, 'a key is listed twice')
    })
  ]),
  reward: amount,
  accounts: z
    .array(z.strictObject({ address: key, balance: amount }))
    .refine((accounts) => isDistinct(accounts.map(({ address }) => address)), 'an address is listed twice')
    .refine((accounts) => Number.isSafeInteger(sumOf(accounts)), 'balances add up to 2^53 or more')
})

function isUsableTarget(bits: number): boolean {
  const target = bitsToTarget(bits)
  return target !== undefined && target <= POW_LIMIT
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}

function sumOf(accounts: readonly { balance: number }[]): number {
  return accounts.reduce((sum, { balance }) => sum + balance, 0)
}

/** Validates `file` and builds the genesis header. Throws `LedgerError` (`bad-genesis`). */
export function createGenesis(file: GenesisFile): Genesis {
  const checked = genesisFileSchema.safeParse(file)
  if (!checked.success) throw badGenesis(checked.error)
  const commitment = toHex(sha256(encodeGenesisFile(checked.data)))
  const header = decodeHeader(
    encodeHeader({
      network: '00'.repeat(NETWORK_ID_BYTES),
      parent: '00'.repeat(32),
      height: 0,
      time: checked.data.time,
      merkleRoot: commitment,
      producer: '00'.repeat(32),
      bits: checked.data.consensus.kind === 'pow' ? checked.data.consensus.bits : 1,
      nonce: '00'.repeat(8)
    })
  )
  const sealed = { ...header, seal: new Uint8Array(SEAL_BYTES) }
  return { file: checked.data, header: sealed, hash: header.hash, network: header.hash.slice(0, 2 * NETWORK_ID_BYTES) }
}

/** Reads a genesis file. Throws `LedgerError` (`bad-genesis`) with one sentence that names the field. */
export function parseGenesis(json: string): Genesis {
  if (json.length > GENESIS_MAX_LENGTH) {
    throw new LedgerError('bad-genesis', 'Genesis: the file is larger than 16 MiB.')
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new LedgerError('bad-genesis', 'Genesis: the file is not JSON.')
  }
  const checked = genesisFileSchema.safeParse(value)
  if (!checked.success) throw badGenesis(checked.error)
  return createGenesis(checked.data)
}

function badGenesis(error: z.ZodError): LedgerError {
  const issue = error.issues[0]
  const path = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.')
  return new LedgerError('bad-genesis', `Genesis: ${path}: ${issue?.message ?? 'not valid'}.`)
}

// Canonical encoding, big-endian: "starling-genesis/1", u16 length and UTF-8 of the name, u64 time, u64 reward, then
// pow:       u8 1, u64 intervalMs, u64 halfLifeMs, u32 bits
// authority: u8 2, u64 slotMs, u32 number of sealers, their keys in turn order
// then u32 number of accounts and, in ascending order of address, address (32) and u64 balance.
function encodeGenesisFile(file: GenesisFile): Uint8Array {
  const text = new TextEncoder()
  const name = text.encode(file.name)
  const parts = [text.encode(file.schema), uint16(name.length), name, uint64(file.time), uint64(file.reward)]
  const { consensus } = file
  switch (consensus.kind) {
    case 'pow':
      parts.push(Uint8Array.of(1), uint64(consensus.intervalMs), uint64(consensus.halfLifeMs), uint32(consensus.bits))
      break
    case 'authority':
      parts.push(Uint8Array.of(2), uint64(consensus.slotMs), uint32(consensus.sealers.length))
      parts.push(...consensus.sealers.map((sealer) => fromHex(sealer, 32)))
  }
  parts.push(uint32(file.accounts.length))
  const accounts = file.accounts.toSorted((a, b) => (a.address < b.address ? -1 : 1))
  for (const { address, balance } of accounts) parts.push(fromHex(address, 32), uint64(balance))
  return Buffer.concat(parts)
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff)
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  writeUint32(viewOf(bytes), 0, value)
  return bytes
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  writeSafeUint64(viewOf(bytes), 0, value)
  return bytes
}

/** Chains with the same genesis have the same objects. */
const accountsOfGenesis = new WeakMap<Genesis, readonly (readonly [Hex, Account])[]>()

/** What they hold before the first block. */
export function accountsOf(genesis: Genesis): readonly (readonly [Hex, Account])[] {
  let accounts = accountsOfGenesis.get(genesis)
  if (accounts === undefined) {
    accounts = genesis.file.accounts.map(({ address, balance }) => [address, { balance, nonce: 0 }])
    accountsOfGenesis.set(genesis, accounts)
  }
  return accounts
}
