// What live views of a testnet are made of. Measures, which ask every process, are taken only while somebody looks.
import { Combiner, LiveFeed, type LiveRun } from '../../api/index.ts'
import { liveDefaults } from '../../config/index.ts'
import type { Runtime, TimerHandle } from '../../runtime/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import { sumTraffic } from '../common/measure.ts'
import type { Fleet } from './fleet.ts'
import type { FleetState } from './remote-node.ts'
import { TrafficSum } from './traffic-sum.ts'

export interface LiveInit {
  readonly run: LiveRun
  readonly fleet: Fleet
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
}

export class Live {
  readonly feed: LiveFeed
  readonly #combiner: Combiner
  readonly #init: LiveInit
  #measuring: TimerHandle | undefined
  #isMeasuring = false
  #traffic: TrafficSum | undefined

  constructor(init: LiveInit) {
    this.#init = init
    const { run, fleet, runtime } = init
    this.#combiner = new Combiner({ run, peerNames: fleet.nameOfPeer })
    this.feed = new LiveFeed({ combiner: this.#combiner, ...runtime, onReaders: (some) => this.#onReaders(some) })
  }

  onEvent(event: NamedEvent): void {
    this.#combiner.onEvent(event)
  }

  onState(name: string, state: FleetState, at: number): void {
    if (state !== 'absent') this.#combiner.nodeState(name, state, at)
  }

  describe(change: Partial<LiveRun>): void {
    this.#combiner.describe(change)
  }

  follow(id: string): void {
    this.#combiner.follow(id)
  }

  stop(): void {
    this.#onReaders(false)
    this.feed.stop()
  }

  #onReaders(some: boolean): void {
    this.#measuring?.cancel()
    this.#measuring = some
      ? this.#init.runtime.timers.every(liveDefaults.measureEveryMs, () => void this.#measure())
      : undefined
  }

  async #measure(): Promise<void> {
    if (this.#isMeasuring) return
    this.#isMeasuring = true
    const { fleet } = this.#init
    try {
      this.#traffic ??= new TrafficSum(sumTraffic([], fleet.ended).byKind)
      const answers = await fleet.measure()
      const readings = answers.flatMap(({ at, nodes }) =>
        nodes.map(({ name, traffic }) => ({ name, at, sent: traffic.byKind }))
      )
      const sum = this.#traffic.add(readings, fleet.running)
      if (sum !== undefined) this.#combiner.sample(sum.at, sum.sent)
    } catch {
      // A process ended while it was asked; the next measure does without it.
    } finally {
      this.#isMeasuring = false
    }
  }
}
