// A line between browser and controller that a test can cut.
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export class Line {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false
  #target: number

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy()
        return
      }
      const far = connect(this.#target, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near]
      ] as const) {
        this.#sockets.add(one)
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    })
  }

  static async to(url: string): Promise<Line> {
    const line = new Line(portOf(url))
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Nothing comes through any more, and nobody says so; cut for whoever tries again. */
  hang(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.unpipe()
  }

  /** Mended; from now on it may lead elsewhere. */
  mend(url?: string): void {
    if (url !== undefined) this.#target = portOf(url)
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}

const portOf = (url: string): number => Number(new URL(url).port)
