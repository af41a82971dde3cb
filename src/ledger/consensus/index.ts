// The consensus that a genesis names.
import type { Genesis } from '../genesis.ts'
import { AuthorityConsensus } from './authority.ts'
import { PowConsensus } from './pow.ts'
import type { Consensus } from './types.ts'

/** Rules hold no state of their own: a node asks twice, and the nodes of a simulation share a genesis. */
const made = new WeakMap<Genesis, Consensus>()

/** The rules by which headers of this network are judged. */
export function createConsensus(genesis: Genesis): Consensus {
  const held = made.get(genesis)
  if (held !== undefined) return held
  const consensus = make(genesis)
  made.set(genesis, consensus)
  return consensus
}

function make(genesis: Genesis): Consensus {
  const { consensus } = genesis.file
  switch (consensus.kind) {
    case 'pow':
      return new PowConsensus(genesis, consensus)
    case 'authority':
      return new AuthorityConsensus(genesis, consensus)
  }
}
