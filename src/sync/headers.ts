// A peer's headers, from the fork point that a locator finds up to the tip it claims, each checked as it comes.
import { syncDefaults } from '../config/index.ts'
import { type Chain, LedgerError } from '../ledger/index.ts'
import type { Requests } from '../network/index.ts'
import type { BlockIntake } from '../relay/index.ts'
import { decodeSealedHeader, fromHex, type Hex, type SealedHeader, WireError } from '../wire/index.ts'
import { headersProtocol } from './protocols.ts'
import type { ChainTip } from './tip.ts'

export interface HeadersComponents {
  readonly chain: Chain
  readonly requests: Requests
  readonly intake: BlockIntake
}

interface FetchedHeaders {
  readonly added: number
  /** Where the peer's chain is known to go. */
  readonly tip: Hex | undefined
  /** The rest can't be judged now, so that nothing can be held against the peer. */
  readonly isEnd: boolean
}

interface Accepted {
  readonly added: number
  /** The rest can't be judged now (too far ahead of our clock, or of our tree). */
  readonly isEnd: boolean
  readonly last: SealedHeader | undefined
}

/** Until the target's header is here or the peer's answers lead no higher. `onAdded`: some were new, up to `last`. */
export async function fetchHeaders(
  components: HeadersComponents,
  peer: string,
  target: ChainTip,
  onAdded: (last: Hex) => void,
  signal: AbortSignal
): Promise<FetchedHeaders> {
  const { chain, requests, intake } = components
  let locator = chain.locator()
  let added = 0
  let tip: { hash: Hex; height: number } | undefined
  let isEnd = false
  while (chain.headerNode(target.hash) === undefined) {
    const request = { locator: locator.map(toBytes), limit: syncDefaults.headersMax }
    const { headers } = await requests.call(peer, headersProtocol, request, signal)
    const accepted = await acceptHeaders(headers, intake)
    const { last } = accepted
    added += accepted.added
    if (last !== undefined && accepted.added > 0) onAdded(last.hash)
    if (last === undefined || last.height <= (tip?.height ?? -1)) break
    tip = last
    isEnd = accepted.isEnd
    if (isEnd) break
    locator = [last.hash, ...chain.locator()]
  }
  return { added, tip: chain.headerNode(target.hash) === undefined ? tip?.hash : target.hash, isEnd }
}

async function acceptHeaders(headers: readonly Uint8Array[], intake: BlockIntake): Promise<Accepted> {
  let added = 0
  let last: SealedHeader | undefined
  const seals: Promise<boolean>[] = []
  const decoded = headers.map(decodeSealedHeader)
  for (const [i, header] of decoded.entries()) {
    if (last !== undefined && header.parent !== last.hash) throw new WireError('unlinked', 'headers that do not link')
    // One after the other, the wait for the pool would be most of it.
    for (const next of decoded.slice(seals.length, i + syncDefaults.sealsAheadMax)) seals.push(intake.verifySeal(next))
    const outcome = await acceptHeader(header, seals[i], intake)
    if (outcome === 'orphan') throw new WireError('unlinked', 'headers that do not start at the locator')
    if (outcome === 'full' || outcome === 'future') return { added, isEnd: true, last }
    if (outcome === 'added') added++
    last = header
  }
  return { added, isEnd: false, last }
}

async function acceptHeader(
  header: SealedHeader,
  seal: Promise<boolean> | undefined,
  intake: BlockIntake
): Promise<'added' | 'known' | 'orphan' | 'full' | 'future'> {
  try {
    return await intake.acceptHeader(header, seal)
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'future') return 'future'
    throw error
  }
}

/** A hash as messages carry it. */
export function toBytes(hash: Hex): Uint8Array<ArrayBuffer> {
  return fromHex(hash) as Uint8Array<ArrayBuffer>
}
