// Scores offences per peer, with exponential decay, on top of gossipsub's own score: enough of them end the connection,
// more ban for a time. Keys are free to make, so they count for the peer's IP address as well. The idea is that of
// Bitcoin's misbehaviour score; the terms are in config/penalties.ts. Pure: time is passed in, and acting on the verdict is
// the caller's.
import { OFFENCES, type Offence, type OffenceTerms, penaltyDefaults } from '../config/index.ts'
import { siteOf } from './address.ts'

/** What a peer has on its account, as of `at` (ms since the epoch). */
export interface Standing {
  readonly score: number
  readonly at: number
}

export type PenaltyAction = 'none' | 'disconnect' | 'ban'

export interface Ban {
  readonly peer: string
  /** IP address, or /64 of IPv6, from which everyone is refused too; absent on loopback, which everyone there shares. */
  readonly ip?: string
  readonly reason: Offence
  /** ms since the epoch. */
  readonly until: number
}

const CLEAN: Standing = { score: 0, at: 0 }

/** Points left of a standing at `now`. */
export function scoreAt({ score, at }: Standing, now: number): number {
  return score * 0.5 ** (Math.max(0, now - at) / penaltyDefaults.halfLifeMs)
}

/** One more offence: the new standing, and what follows from it. */
export function penalize(
  standing: Standing,
  offence: Offence,
  now: number
): { readonly standing: Standing; readonly action: PenaltyAction } {
  const { weight, scoreMax = Number.POSITIVE_INFINITY }: OffenceTerms = OFFENCES[offence]
  const before = scoreAt(standing, now)
  // What others brought it to is not forgiven by a small offence.
  const score = Math.max(before, Math.min(before + weight, scoreMax))
  return { standing: { score, at: now }, action: score > before ? actionAt(score) : 'none' }
}

function actionAt(score: number): PenaltyAction {
  if (score >= penaltyDefaults.banScore) return 'ban'
  return score >= penaltyDefaults.disconnectScore ? 'disconnect' : 'none'
}

/** The scores and bans of a node. Bounded by `scoresMax` and `bansMax`. */
export class Penalties {
  /** Of peers and of IP addresses. Whose last offence is oldest first. */
  readonly #standings = new Map<string, Standing>()
  readonly #bans = new Map<string, Ban>()
  /** IP addresses that are refused, and until when. */
  readonly #sites = new Map<string, number>()

  /** @param remembered bans from before a restart, as they were stored: what makes no sense is left out */
  constructor(remembered: unknown = []) {
    for (const ban of parseBans(remembered)) this.#keep(ban)
  }

  /** Holds an offence against a peer that is, or was, at `address`. What is banned already is not judged again. */
  report(peer: string, offence: Offence, now: number, address?: string): { action: PenaltyAction; ban?: Ban } {
    if (OFFENCES[offence].weight === 0 || this.isBanned(peer, undefined, now)) return { action: 'none' }
    const ip = address === undefined ? undefined : siteOf(address)
    const action = this.#penalize(peer, offence, now)
    const isBan = [action, ip === undefined ? 'none' : this.#penalize(ip, offence, now)].includes('ban')
    forgetFirst(this.#standings, penaltyDefaults.scoresMax)
    if (!isBan) return { action }
    this.#standings.delete(peer)
    if (ip !== undefined) this.#standings.delete(ip)
    const until = now + penaltyDefaults.banMs
    const ban: Ban = { peer, ...(ip === undefined ? {} : { ip }), reason: offence, until }
    this.#keep(ban)
    return { action: 'ban', ban }
  }

  score(peer: string, now: number): number {
    return scoreAt(this.#standings.get(peer) ?? CLEAN, now)
  }

  /** Whether a peer, or the IP address of `address`, is refused. */
  isBanned(peer: string | undefined, address: string | undefined, now: number): boolean {
    if (peer !== undefined && (this.#bans.get(peer)?.until ?? 0) > now) return true
    if (this.#sites.size === 0 || address === undefined) return false
    return (this.#sites.get(siteOf(address) ?? '') ?? 0) > now
  }

  /** Bans in force, the one that ends first first. */
  bans(now: number): Ban[] {
    return [...this.#bans.values()].filter(({ until }) => until > now)
  }

  get size(): { readonly scores: number; readonly bans: number } {
    return { scores: this.#standings.size, bans: this.#bans.size }
  }

  #penalize(who: string, offence: Offence, now: number): PenaltyAction {
    const { standing, action } = penalize(this.#standings.get(who) ?? CLEAN, offence, now)
    this.#standings.delete(who)
    this.#standings.set(who, standing)
    return action
  }

  #keep(ban: Ban): void {
    this.#bans.set(ban.peer, ban)
    const sorted = [...this.#bans].sort(([, a], [, b]) => a.until - b.until)
    this.#bans.clear()
    this.#sites.clear()
    for (const [peer, each] of sorted.slice(-penaltyDefaults.bansMax)) {
      this.#bans.set(peer, each)
      if (each.ip !== undefined) this.#sites.set(each.ip, each.until)
    }
  }
}

function forgetFirst(map: Map<string, unknown>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return
    map.delete(key)
  }
}

function parseBans(value: unknown): Ban[] {
  return Array.isArray(value) ? value.filter(isBan) : []
}

function isBan(value: unknown): value is Ban {
  if (typeof value !== 'object' || value === null) return false
  const { peer, ip, reason, until } = value as Record<string, unknown>
  return (
    typeof peer === 'string' &&
    (ip === undefined || typeof ip === 'string') &&
    typeof reason === 'string' &&
    Object.hasOwn(OFFENCES, reason) &&
    typeof until === 'number'
  )
}
