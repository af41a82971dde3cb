// A stream over a virtual link. libp2p's own base class keeps the states, buffers and events that gossipsub and our
// requests rely on; this says only how bytes and signals cross.
import { AbstractStream, type SendResult } from '@libp2p/utils'
import type { Logger } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'

/** Far beyond any run: a stream that is idle stays. */
const NO_INACTIVITY_LIMIT_MS = 2 ** 31 - 1

export interface VirtualStreamInit {
  readonly id: string
  readonly protocol: string
  readonly direction: 'inbound' | 'outbound'
  readonly log: Logger
  /** Carries `arrive` to the other end; `bytes` cost bandwidth. */
  readonly transmit: (bytes: number, arrive: () => void) => void
}

export class VirtualStream extends AbstractStream {
  readonly #transmit: VirtualStreamInit['transmit']
  #remote: VirtualStream | undefined

  constructor({ transmit, ...init }: VirtualStreamInit) {
    super({ ...init, inactivityTimeout: NO_INACTIVITY_LIMIT_MS })
    this.#transmit = transmit
  }

  /** Joins two ends. */
  attach(remote: VirtualStream): void {
    this.#remote = remote
  }

  sendData(data: Uint8ArrayList): SendResult {
    // A copy: the sender may reuse its buffers once they are sent.
    const bytes = data.slice()
    this.#transmit(bytes.length, () => this.#remote?.onData(bytes))
    return { sentBytes: bytes.length, canSendMore: true }
  }

  sendReset(): void {
    this.#transmit(0, () => this.#remote?.onRemoteReset())
  }

  async sendCloseWrite(): Promise<void> {
    this.#transmit(0, () => this.#remote?.onRemoteCloseWrite())
  }

  async sendCloseRead(): Promise<void> {
    this.#transmit(0, () => this.#remote?.onRemoteCloseRead())
  }

  // Windows are not modelled: a paused reader buffers up to its limit, as over TCP with a large window.
  sendPause(): void {}
  sendResume(): void {}
}
