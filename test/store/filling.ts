// Stores filled from a chain, and what is in them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Chain, createConsensus } from '../../src/ledger/index.ts'
import { type Store, StoreError, verifyStore } from '../../src/store/index.ts'
import type { Block, SealedHeader } from '../../src/wire/index.ts'
import { type BlockPlan, genesis, makeBranch, transfer } from './sealed-chain.ts'

const directories: string[] = []

export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'starling-store-'))
  directories.push(directory)
  return directory
}

export function removeDirectories(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
}

export function chainOver(store: Store): Chain {
  const restored = store.restore()
  return new Chain(
    { genesis: store.genesis, consensus: createConsensus(store.genesis), blocks: store },
    restored === undefined ? {} : { restored }
  )
}

export async function importAll(store: Store, chain: Chain, blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    chain.insertHeader(block.header, Number.MAX_SAFE_INTEGER)
    chain.insertBody(block)
    for (let update = chain.apply(); update !== undefined; update = chain.apply()) await store.commit(update)
    if (chain.status(block.header.hash) === 'side') await store.putSide([block])
  }
}

export const branch = (plans: readonly BlockPlan[], parent: SealedHeader = genesis.header): Block[] =>
  makeBranch(parent, plans)
export const sorted = (chain: Chain) => [...chain.accounts()].sort(([a], [b]) => (a < b ? -1 : 1))
export const hasCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code

export async function stored(store: Store) {
  const accounts = []
  for await (const account of store.accounts()) accounts.push(account)
  return accounts
}

export async function problems(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const step of verifyStore(store)) found.push(...step.problems)
  return found
}

export const payments = branch([
  { transactions: [transfer('p0', 'p1', 0), transfer('p0', 'p2', 1), transfer('p1', 'p0', 0)] },
  {},
  { transactions: [transfer('p2', 'p0', 0), transfer('p0', 'new', 2)] }
])
export const [first, second, third] = payments as [Block, Block, Block]
