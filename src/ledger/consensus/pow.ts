import type { Header, Hex, SealedHeader } from '../../wire/index.ts'
import type { Genesis, PowParameters } from '../genesis.ts'
import type { Consensus, HeaderNode } from './types.ts'

export class PowConsensus implements Consensus {
  readonly kind = 'pow'
  constructor(genesis: Genesis, parameters: PowParameters) {
    throw new Error(`being written ${genesis.hash} ${parameters.kind}`)
  }
  checkHeader(_header: SealedHeader, _parent: HeaderNode): void {}
  work(_header: Header): bigint {
    return 1n
  }
  bitsFor(_parent: HeaderNode, _time: number, _producer: Hex): number {
    return 0
  }
}
