// Whom to dial and whom to let go: one look at what there is, a list of actions with reasons. Pure: time and chance are
// passed in. Outbound peers are our own choice, spread over address groups and over who told us, because keys are free
// and addresses cost something (Heilman et al., 2015); they are never let go for being too many.
import type { PeerTargets } from '../config/index.ts'
import type { Random } from '../runtime/index.ts'
import { groupOf } from './address.ts'
import type { KnownAddress } from './address-book.ts'

export interface ConnectedPeer {
  readonly peer: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** ms since the epoch. */
  readonly openedAt: number
  /** Points of offences against it. */
  readonly penalty: number
}

export interface PeersState {
  /** Absent: static. It dials what the user named and what it was connected to before, and lets nobody go. */
  readonly targets: PeerTargets | undefined
  readonly connected: readonly ConnectedPeer[]
  /** Addresses of dials under way. */
  readonly dialling: readonly string[]
  /** Peers never to be dialled: our own id, and those whose dial is under way. */
  readonly busy: ReadonlySet<string>
  readonly known: readonly KnownAddress[]
  /** Dials that may be started now. */
  readonly dialsFree: number
  readonly isBanned: (peer: string, address: string) => boolean
}

/** `named` by the user; `remembered` from before; `outbound`: of its own choice, below its target. */
export type ConnectReason = 'named' | 'remembered' | 'outbound'
export type DisconnectReason = 'banned' | 'too-many'

export interface Decision {
  readonly connect: readonly { readonly address: string; readonly peer: string; readonly reason: ConnectReason }[]
  readonly disconnect: readonly { readonly peer: string; readonly reason: DisconnectReason }[]
}

export function decide(state: PeersState, now: number, random: Random): Decision {
  return { connect: connects(state, now, random), disconnect: disconnects(state) }
}

function connects(state: PeersState, now: number, random: Random): Decision['connect'] {
  const { targets, connected, dialling, busy, known, dialsFree, isBanned } = state
  const taken = new Set([...busy, ...connected.map(({ peer }) => peer)])
  const due = known.filter(
    ({ address, peer, nextDialAt }) => nextDialAt <= now && !taken.has(peer) && !isBanned(peer, address)
  )
  const chosen: Decision['connect'][number][] = []
  const choose = ({ address, peer }: KnownAddress, reason: ConnectReason): void => {
    taken.add(peer)
    chosen.push({ address, peer, reason })
  }
  const told = (table: KnownAddress['table'], reason: ConnectReason): void => {
    for (const each of due) {
      if (chosen.length < dialsFree && each.table === table && !taken.has(each.peer)) choose(each, reason)
    }
  }
  told('pinned', 'named')
  if (targets === undefined) {
    told('tried', 'remembered')
    return chosen
  }
  const outbound = connected.filter(({ direction }) => direction === 'outbound')
  const groups = new Set([...outbound.map(({ address }) => address), ...dialling].map(groupOf))
  for (const { address } of chosen) groups.add(groupOf(address))
  let missing = targets.outbound - outbound.length - dialling.length - chosen.length
  while (missing-- > 0 && chosen.length < dialsFree) {
    const candidates = due.filter(({ table, peer }) => table !== 'pinned' && !taken.has(peer))
    const picked = pick(candidates, groups, random)
    if (picked === undefined) break
    choose(picked, 'outbound')
    groups.add(groupOf(picked.address))
  }
  return chosen
}

/**
 * One candidate: an address group that we are not connected to if there is one; then tried or new with equal chances,
 * then a source, then a group, then an address of it. So an owner's chance grows with the groups it has, not with the
 * addresses or keys.
 */
function pick(
  candidates: readonly KnownAddress[],
  groups: ReadonlySet<string>,
  random: Random
): KnownAddress | undefined {
  const elsewhere = candidates.filter(({ address }) => !groups.has(groupOf(address)))
  const eligible = elsewhere.length > 0 ? elsewhere : candidates
  const ofTable = oneClass(eligible, ({ table }) => table, random)
  const ofSource = oneClass(ofTable, ({ source }) => source, random)
  const ofGroup = oneClass(ofSource, ({ address }) => groupOf(address), random)
  return random.pick(ofGroup)
}

/** The members of one class, each class as likely as any other. */
function oneClass<T>(items: readonly T[], classOf: (item: T) => string, random: Random): T[] {
  const classes = Map.groupBy(items, classOf)
  return random.pick([...classes.values()]) ?? []
}

function disconnects({ targets, connected, isBanned, known }: PeersState): Decision['disconnect'] {
  const banned = connected.filter(({ peer, address }) => isBanned(peer, address))
  const result: Decision['disconnect'][number][] = banned.map(({ peer }) => ({ peer, reason: 'banned' }))
  if (targets === undefined) return result
  const left = connected.filter((each) => !banned.includes(each))
  const excess = new Set(left.map(({ peer }) => peer)).size - targets.connections
  if (excess <= 0) return result
  const kept = new Set([
    ...left.filter(({ direction }) => direction === 'outbound').map(({ peer }) => peer),
    ...known.filter(({ table }) => table === 'pinned').map(({ peer }) => peer)
  ])
  for (const { peer } of leastValued(
    left.filter(({ peer }) => !kept.has(peer)),
    excess
  )) {
    result.push({ peer, reason: 'too-many' })
  }
  return result
}

/** Offenders first, then whoever shares its address group with most, then the youngest: long service is hard to fake. */
function leastValued(peers: readonly ConnectedPeer[], count: number): ConnectedPeer[] {
  const sizes = new Map<string, number>()
  for (const { address } of peers) sizes.set(groupOf(address), (sizes.get(groupOf(address)) ?? 0) + 1)
  const left = peers.map((each) => ({ ...each, group: groupOf(each.address) }))
  const result: ConnectedPeer[] = []
  while (result.length < count && left.length > 0) {
    left.sort(
      (a, b) =>
        b.penalty - a.penalty ||
        (sizes.get(b.group) ?? 0) - (sizes.get(a.group) ?? 0) ||
        b.openedAt - a.openedAt ||
        (a.peer < b.peer ? -1 : 1)
    )
    const worst = left.shift()
    if (worst === undefined) break
    sizes.set(worst.group, (sizes.get(worst.group) ?? 1) - 1)
    result.push(worst)
  }
  return result
}
