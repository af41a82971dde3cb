// A worker process: runs some of a testnet's nodes and answers its controller. Signals of the terminal are ignored: it
// ends when the controller says so, or when the controller is gone.
import { tcpEngineDefaults } from '../../config/index.ts'
import { realTimers, sizeThreadPool } from '../../runtime/index.ts'
import type { NamedEvent } from '../../trace/index.ts'
import type { CommandMessage, CommandName, Commands, WorkerMessage } from './messages.ts'
import { WorkerNodes } from './worker-nodes.ts'

sizeThreadPool()
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGTERM', () => {})

function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

/** Collects events and sends them on a few times a second: one message each would cost more than the event. */
class EventBatch {
  #events: NamedEvent[] = []
  dropped = 0

  readonly add = (event: NamedEvent): void => {
    if (this.#events.length >= tcpEngineDefaults.eventBatchMax) this.dropped++
    else this.#events.push(event)
  }

  flush(): void {
    if (this.#events.length === 0) return
    send({ type: 'events', events: this.#events })
    this.#events = []
  }
}

const batch = new EventBatch()
const flushing = realTimers.every(tcpEngineDefaults.eventFlushMs, () => batch.flush())
const nodes = new WorkerNodes(batch.add, () => batch.dropped)

async function perform({ id, command, argument }: CommandMessage): Promise<void> {
  try {
    const value = await nodes.perform(command, argument as Commands[CommandName]['in'])
    // What happened before the answer is told before it.
    batch.flush()
    send({ type: 'answer', id, value })
    if (command === 'stop') end()
  } catch (error) {
    const code = (error as { code?: unknown }).code
    send({ type: 'failure', id, code: typeof code === 'string' ? code : 'failed', message: messageOf(error) })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function end(): void {
  flushing.cancel()
  if (process.connected) process.disconnect()
}

process.on('message', (message) => void perform(message as CommandMessage))
process.on('disconnect', () => {
  flushing.cancel()
  // The controller is gone without a word: close stores properly, but do not outlive it for long.
  realTimers.after(tcpEngineDefaults.orphanStopMs, () => process.exit(1))
  nodes.stop().finally(() => process.exit(0))
})
