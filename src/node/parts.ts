// What a node is made of, and what each part is of. A composing function says in its type which of these it needs and
// which it makes.
import type { Chain, Consensus, Genesis, Mempool } from '../ledger/index.ts'
import type { Gossip, Host, Requests } from '../network/index.ts'
import type { Membership, PeerManager, PenaltyBox } from '../peers/index.ts'
import type { Production } from '../production/index.ts'
import type { BlockRelay, TransactionRelay } from '../relay/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Store } from '../store/index.ts'
import type { AntiEntropy, ChainFetcher, MempoolSync } from '../sync/index.ts'
import type { EventEmitter } from '../trace/index.ts'
import type { Importer } from './importer.ts'
import type { Intake } from './intake.ts'
import type { PeerTips } from './peer-tips.ts'

/** What a node runs over. */
export interface NodeComponents {
  readonly genesis: Genesis
  readonly host: Host
  readonly store: Store
  readonly runtime: Runtime
}

/** What every part may use. */
export interface Ground extends NodeComponents {
  readonly events: EventEmitter
  /** A peer sent what it must not: told as the event that penalties follow. */
  readonly onOffence: (from: string, code: string) => void
}

export interface Parts extends Ground {
  readonly chain: Chain
  readonly consensus: Consensus
  readonly mempool: Mempool
  readonly importer: Importer
  readonly intake: Intake
  readonly requests: Requests
  readonly gossip: Gossip
  readonly penalties: PenaltyBox
  readonly peers: PeerManager
  readonly tips: PeerTips
  readonly transactionRelay: TransactionRelay
  readonly blockRelay: BlockRelay
  readonly fetcher: ChainFetcher
  readonly mempools: MempoolSync
  readonly antiEntropy: AntiEntropy
  readonly membership: Membership | undefined
  readonly producer: Production | undefined
}
