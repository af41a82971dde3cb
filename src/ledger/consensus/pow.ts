// Proof of work: the header's hash, read as a big-endian number, must not exceed the target that its bits stand for,
// and the bits must be those that ASERT schedules from genesis, its one anchor.
import type { Header, Hex, SealedHeader } from '../../wire/index.ts'
import { LedgerError } from '../errors.ts'
import type { Genesis, PowParameters } from '../genesis.ts'
import { asertTarget } from './asert.ts'
import { bitsToTarget, POW_LIMIT, targetToBits, targetToWork } from './compact.ts'
import { checkNetwork, checkPlace } from './place.ts'
import type { Consensus, HeaderNode } from './types.ts'

export class PowConsensus implements Consensus {
  readonly kind = 'pow'
  readonly #network: Hex
  readonly #genesisTime: number
  readonly #anchorTarget: bigint
  readonly #intervalMs: bigint
  readonly #halfLifeMs: bigint

  constructor(genesis: Genesis, parameters: PowParameters) {
    this.#network = genesis.network
    this.#genesisTime = genesis.file.time
    this.#anchorTarget = targetOf(parameters.bits)
    this.#intervalMs = BigInt(parameters.intervalMs)
    this.#halfLifeMs = BigInt(parameters.halfLifeMs)
  }

  checkHeader(header: SealedHeader, parent: HeaderNode): void {
    checkPlace(header, parent, this.#network)
    const bits = this.bitsFor(parent)
    if (header.bits !== bits) {
      throw new LedgerError('wrong-bits', `bits ${header.bits.toString(16)}, scheduled are ${bits.toString(16)}`)
    }
    if (!meetsTarget(header.hash, targetOf(bits))) {
      throw new LedgerError('insufficient-work', `hash ${header.hash} is above the target`)
    }
  }

  checkAlone(header: SealedHeader): void {
    checkNetwork(header, this.#network)
    if (!meetsTarget(header.hash, targetOf(header.bits))) {
      throw new LedgerError('insufficient-work', `hash ${header.hash} is above the target that it names`)
    }
  }

  work(header: Header): bigint {
    return targetToWork(targetOf(header.bits))
  }

  /** Depends on the parent alone. Genesis counts as mined on schedule: its child has the genesis target. */
  bitsFor(parent: HeaderNode): number {
    const target = asertTarget({
      anchorTarget: this.#anchorTarget,
      timeDelta: BigInt(parent.time - this.#genesisTime) + this.#intervalMs,
      heightDelta: BigInt(parent.height),
      interval: this.#intervalMs,
      halfLife: this.#halfLifeMs,
      limit: POW_LIMIT
    })
    return targetToBits(target)
  }
}

/** Whether a hash (64 hex digits) is at or under `target`. */
function meetsTarget(hash: Hex, target: bigint): boolean {
  return BigInt(`0x${hash}`) <= target
}

function targetOf(bits: number): bigint {
  const target = bitsToTarget(bits)
  if (target === undefined) throw new LedgerError('wrong-bits', `bits ${bits.toString(16)} are no target`)
  return target
}
