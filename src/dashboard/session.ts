// One page's session: the connection to the API and its return after a loss, the timeline, the moment that is shown,
// what is selected, and the one frame loop that drives everything that moves. No timers: a hidden page rests.
import {
  type ApiError,
  createTestnetClient,
  FINISHED_LIMITS,
  LIVE_LIMITS,
  liveDefaults,
  type LiveRun,
  stateAt,
  type TestnetClient,
  Timeline
} from '../api/client/index.ts'
import { type NetworkView, networkAt } from './view/network.ts'
import { Playback } from './view/playback.ts'
import { retryMs } from './view/retry.ts'

export type Connection = 'connecting' | 'live' | 'lost' | 'ended' | 'recorded'

export type Selection =
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'block' | 'transaction'; readonly id: string }

/** A frame: `now` is the browser's time, `passedMs` since the last one. */
export type OnFrame = (now: number, passedMs: number) => void

/** A page that was hidden goes on from where it is, not through all that it missed, ms. */
const FRAME_MAX_MS = 100

/** Longer than anything glows, ms. */
const FADED_MS = 1_000

/** Where this tab remembers the latest run that it loaded itself again for. */
const LOADED_FOR = 'starling-loaded-for'

/**
 * Another run at the same address has another token: its page must be loaded. Once for each later run, whatever a server
 * says: two that take turns at one address would have the page load itself for ever.
 */
function isNews({ startedAt }: LiveRun): boolean {
  if (startedAt <= Number(sessionStorage.getItem(LOADED_FOR))) return false
  sessionStorage.setItem(LOADED_FOR, String(startedAt))
  return true
}

export class Session {
  readonly client: TestnetClient
  /** This is our own page on this machine, and may change things. */
  readonly hasControls: boolean
  timeline = new Timeline(LIVE_LIMITS)
  readonly playback = new Playback()
  connection: Connection = 'connecting'
  selection: Selection | undefined
  readonly #drawers = new Set<OnFrame>()
  readonly #panels: (() => void)[] = []
  #nextPanel = 0
  #frameAt = 0
  /** Since the last update, and since the last sign of life, while the page was looked at, ms. */
  #passedMs = 0
  #silentMs = 0
  #stream = new AbortController()
  #retryAt = Number.POSITIVE_INFINITY
  #failures = 0
  #peers: ReadonlyMap<string, number> | undefined
  #network: { at: number; seq: number; view: NetworkView } | undefined

  constructor(base: string, pageToken: string | undefined) {
    this.client = createTestnetClient(base, { pageToken })
    this.hasControls = pageToken !== undefined
  }

  get run(): LiveRun | undefined {
    return this.timeline.run
  }

  /** There are buttons: what they do would happen. */
  get canControl(): boolean {
    return this.hasControls && this.connection === 'live' && this.run?.state === 'running'
  }

  /** Peer ids of the nodes, as places; asked for once. */
  async peers(): Promise<ReadonlyMap<string, number>> {
    const places = new Map(this.run?.nodes.map((name, node) => [name, node]))
    if (this.#peers === undefined || this.#peers.size < places.size) {
      const { nodes } = await this.client.view()
      this.#peers = new Map(nodes.map(({ name, peer }) => [peer, places.get(name) ?? -1]))
    }
    return this.#peers
  }

  /** A run that has ended: everything is here, and nothing more comes. */
  get isOver(): boolean {
    return this.connection === 'recorded' || this.connection === 'ended'
  }

  /** The network's time now. It stands still where nothing more comes, once what came last has faded. */
  get liveAt(): number {
    const { now } = this.timeline
    if (this.isOver) return now + FADED_MS
    return this.connection === 'live' ? now + this.#passedMs : now
  }

  /** A node that can be asked now, whatever moment is shown. */
  isUpNow(node: number): boolean {
    const known = this.timeline.nodes[node]
    return known !== undefined && stateAt(known, this.timeline.now) === 'up'
  }

  /** The moment that is shown. */
  get at(): number {
    return Number.isNaN(this.playback.at) ? this.timeline.now : this.playback.at
  }

  /** Nodes and heads at the moment that is shown. */
  get network(): NetworkView {
    const { at, timeline } = this
    if (this.#network?.at !== at || this.#network.seq !== timeline.seq) {
      this.#network = { at, seq: timeline.seq, view: networkAt(timeline, at) }
    }
    return this.#network.view
  }

  /** Until a lost connection is tried again, ms; undefined where none is waited for. */
  get retryInMs(): number | undefined {
    return Number.isFinite(this.#retryAt) ? Math.max(0, this.#retryAt - this.#frameAt) : undefined
  }

  /** Now, whatever the wait: somebody looks again, or the network is back. */
  retryNow(): void {
    if (Number.isFinite(this.#retryAt)) this.#retryAt = 0
  }

  start(): void {
    // For as long as the page is there.
    addEventListener('online', () => this.retryNow())
    document.addEventListener('visibilitychange', () => this.retryNow())
    const frame = (now: number): void => {
      this.#onFrame(now)
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    void this.#connect()
  }

  /** Called every frame until the returned function is called. */
  onFrame(draw: OnFrame): () => void {
    this.#drawers.add(draw)
    return () => void this.#drawers.delete(draw)
  }

  /** One panel is refreshed per frame, in turn, so that no frame does the work of all. */
  addPanel(refresh: () => void): () => void {
    this.#panels.push(refresh)
    return () => void this.#panels.splice(this.#panels.indexOf(refresh), 1)
  }

  /** Undefined: nothing is selected any more. */
  select(selection: Selection | undefined): void {
    this.selection = selection
    this.refresh()
  }

  /** Every panel now: somebody pressed something. */
  refresh(): void {
    for (const panel of [...this.#panels]) panel()
  }

  #onFrame(now: number): void {
    const passedMs = Math.min(FRAME_MAX_MS, now - this.#frameAt)
    this.#frameAt = now
    this.#passedMs += passedMs
    this.#silentMs += passedMs
    // Nobody closed it, and nothing comes: the other side hangs, or what leads there does.
    if (this.#silentMs > liveDefaults.silentMaxMs) this.#stream.abort()
    if (now >= this.#retryAt) void this.#connect()
    if (this.timeline.run !== undefined) this.playback.advance(this.timeline, this.liveAt, passedMs)
    for (const draw of this.#drawers) draw(now, passedMs)
    const panel = this.#panels[this.#nextPanel++ % Math.max(1, this.#panels.length)]
    panel?.()
  }

  async #connect(): Promise<void> {
    this.#retryAt = Number.POSITIVE_INFINITY
    this.#stream = new AbortController()
    const onAlive = (): void => {
      this.#silentMs = 0
    }
    onAlive()
    try {
      for await (const update of this.client.updates({ signal: this.#stream.signal, onAlive })) {
        if (update.reset === true) this.#begin(update.run)
        this.timeline.apply(update)
        this.#passedMs = 0
        this.#failures = 0
        this.#setConnection(this.run?.state === 'done' ? 'recorded' : 'live')
      }
    } catch (error) {
      if ((error as ApiError).status > 0) this.#failures = Math.max(this.#failures, 3)
    }
    // The controller says `done` and then closes; what comes next at this address is another run.
    this.#setConnection(this.run?.state === 'done' ? 'ended' : 'lost')
    this.#retryAt = this.#frameAt + retryMs(this.#failures++)
  }

  /** Everything comes afresh. */
  #begin(run: LiveRun | undefined): void {
    const before = this.run
    if (before !== undefined && run !== undefined && before.startedAt !== run.startedAt) {
      if (isNews(run)) location.reload()
      this.#peers = undefined
      this.selection = undefined
      this.playback.live()
    }
    const limits = run?.state === 'done' ? FINISHED_LIMITS : LIVE_LIMITS
    if (before === undefined) this.timeline = new Timeline(limits)
    // A run that has ended is shown as it ended; a slider leads back.
    if (run?.state === 'done') this.playback.isLive = false
  }

  #setConnection(connection: Connection): void {
    if (this.connection === connection) return
    this.connection = connection
    this.refresh()
  }
}
