// Ctrl-C, counted as a person counts, and the other ways to be told that it is over.
import { cliDefaults } from '../../config/index.ts'
import type { Clock } from '../../runtime/index.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Calls `onInterrupt(1)`, `onInterrupt(2)`, …: signals that come together are one, because a terminal sends them to
 * every process of the group and npm hands its copy on. SIGHUP is never more than the first: a terminal that is closed
 * asks for an end, and whoever passes it on once more (the shell, the session) asks for no other. Returns the function
 * that stops listening.
 */
export function listenForInterrupts(
  clock: Clock,
  onInterrupt: (count: number) => void,
  source: Pick<NodeJS.EventEmitter, 'on' | 'off'> = process
): () => void {
  let count = 0
  let last = Number.NEGATIVE_INFINITY
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = clock.now()
    if (now - last < cliDefaults.interruptMs || (signal === 'SIGHUP' && count > 0)) return
    last = now
    onInterrupt(++count)
  }
  for (const signal of SIGNALS) source.on(signal, onSignal)
  return () => {
    for (const signal of SIGNALS) source.off(signal, onSignal)
  }
}
