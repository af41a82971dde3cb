// What every consensus demands of a header's place: its network, its height, a time later than its parent's.
import type { Header, Hex } from '../../wire/index.ts'
import { LedgerError } from '../errors.ts'
import type { HeaderNode } from './types.ts'

/** Throws `LedgerError`: `wrong-network`, `wrong-height` or `time-not-after-parent`. */
export function checkPlace(header: Header, parent: HeaderNode, network: Hex): void {
  checkNetwork(header, network)
  if (header.parent !== parent.hash || header.height !== parent.height + 1) {
    throw new LedgerError('wrong-height', `height ${header.height} on a parent of height ${parent.height}`)
  }
  if (header.time <= parent.time) {
    throw new LedgerError('time-not-after-parent', `time ${header.time} is not after the parent's ${parent.time}`)
  }
}

/** Throws `LedgerError`: `wrong-network`. */
export function checkNetwork(header: Header, network: Hex): void {
  if (header.network === network) return
  throw new LedgerError('wrong-network', `header of network ${header.network}, not ${network}`)
}
