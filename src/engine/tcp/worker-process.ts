// The controller's side of a worker process: start it, ask it, hear its events, notice its end.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tcpEngineDefaults } from '../../config/index.ts'
import { realTimers, TimeoutError } from '../../runtime/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { CommandName, Commands, WorkerMessage } from './messages.ts'

export interface WorkerProcessInit {
  readonly name: string
  /** The worker's stderr goes here. */
  readonly logFile: string
  readonly onEvents: (events: readonly NamedEvent[]) => void
  /** It ended, asked or not. */
  readonly onExit: (how: { code: number | null; signal: string | null; expected: boolean }) => void
}

/** A command that the worker could not perform; `code` is the worker's own, `worker-gone` or `worker-paused`. */
class WorkerError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'WorkerError'
    this.code = code
  }
}

// Run from source by type stripping, or from the bundle, where both files sit side by side.
const ENTRY = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'

export class WorkerProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0
  #running = true
  #paused = false
  /** Lets a process that stands still go on when its controller is gone: it then sees that, and ends. */
  #guard: ChildProcess | undefined
  /** Somebody ends it on purpose. */
  #ending = false

  constructor(init: WorkerProcessInit) {
    this.name = init.name
    const log = openSync(init.logFile, 'a', 0o600)
    this.#child = fork(fileURLToPath(new URL(ENTRY, import.meta.url)), [], {
      serialization: 'advanced',
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning']
    })
    closeSync(log)
    this.#child.on('message', (message) => this.#onMessage(message as WorkerMessage, init.onEvents))
    this.#exited = new Promise((resolve) => {
      const onEnd = (code: number | null, signal: string | null): void => {
        if (!this.#running) return
        this.#running = false
        this.#dismissGuard()
        this.#rejectAll(new WorkerError('worker-gone', `${init.name} ended`))
        init.onExit({ code, signal, expected: this.#ending })
        resolve()
      }
      this.#child.once('exit', onEnd)
      this.#child.once('error', () => onEnd(null, null))
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get running(): boolean {
    return this.#running
  }

  get paused(): boolean {
    return this.#paused
  }

  /** The process stands still; nobody waits for what it was asked. False when it has ended, or is about to. */
  pause(): boolean {
    if (!this.#running || this.#ending) return false
    this.#paused = true
    // Its input ends with the controller, however that ends; of its own group, so that Ctrl-C is not its end too.
    this.#guard = spawn('/bin/sh', ['-c', 'read _; kill -CONT "$0"', String(this.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true
    })
    this.#guard.on('error', () => {})
    this.#child.kill('SIGSTOP')
    this.#rejectAll(new WorkerError('worker-paused', `${this.name} stands still`))
    return true
  }

  resume(): void {
    this.#paused = false
    this.#dismissGuard()
    this.#child.kill('SIGCONT')
  }

  /** Rejects with `WorkerError`: the node's own code, `worker-gone` or `worker-paused`. */
  call<N extends CommandName>(command: N, argument: Commands[N]['in']): Promise<Commands[N]['out']> {
    if (!this.#running) return Promise.reject(new WorkerError('worker-gone', `${this.name} has ended`))
    if (this.#paused) return Promise.reject(new WorkerError('worker-paused', `${this.name} stands still`))
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    this.#pending.set(id, answer)
    this.#child.send({ id, command, argument }, (error) => {
      if (error === null) return
      this.#pending.delete(id)
      answer.reject(new WorkerError('worker-gone', error.message))
    })
    return answer.promise as Promise<Commands[N]['out']>
  }

  /** Asks the worker to stop; kills it when it takes too long. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#ending = true
    if (this.#paused) this.resume()
    this.call('stop', undefined).catch(() => {})
    try {
      await realTimers.within(tcpEngineDefaults.workerStopMs, () => this.#exited)
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      await this.kill()
    }
  }

  /** Ends the process at once. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#ending = true
    if (this.#running) this.#child.kill('SIGKILL')
    await this.#exited
  }

  #dismissGuard(): void {
    this.#guard?.kill('SIGKILL')
    this.#guard = undefined
  }

  #rejectAll(error: WorkerError): void {
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  #onMessage(message: WorkerMessage, onEvents: WorkerProcessInit['onEvents']): void {
    if (message.type === 'events') {
      onEvents(message.events)
      return
    }
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.type === 'answer') pending?.resolve(message.value)
    else pending?.reject(new WorkerError(message.code, message.message))
  }
}
