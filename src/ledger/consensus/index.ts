// The consensus that a genesis names.
import type { Genesis } from '../genesis.ts'
import { AuthorityConsensus } from './authority.ts'
import { PowConsensus } from './pow.ts'
import type { Consensus } from './types.ts'

/** The rules by which headers of this network are judged. */
export function createConsensus(genesis: Genesis): Consensus {
  const { consensus } = genesis.file
  switch (consensus.kind) {
    case 'pow':
      return new PowConsensus(genesis, consensus)
    case 'authority':
      return new AuthorityConsensus(genesis, consensus)
  }
}
