// Event streams of the commands with --follow: one node's, or a whole testnet's.
import type { NodeEvent, NodeEventType } from '../trace/index.ts'
import type { Cli } from './context.ts'
import { remark } from './context.ts'
import { CliError } from './errors.ts'
import type { NamedNode, Target } from './target.ts'

/** Of a network at rest there may be none of these for minutes, and silence looks like a fault. */
function isRare(types: readonly NodeEventType[]): boolean {
  return types.every((type) => type === 'member' || type === 'peer' || type === 'banned')
}

type EventOf<T extends NodeEventType> = Extract<NodeEvent, { type: T }>

/**
 * The events of the given types as they happen, until the process is ended. `scope`: one node, or all of the testnet
 * (a bare node is all there is). Throws `stream-ended` when the other side goes away.
 */
export async function* follow<T extends NodeEventType>(
  cli: Cli,
  target: Target,
  scope: NamedNode | 'all',
  types: readonly T[]
): AsyncGenerator<{ node: string; event: EventOf<T> }> {
  if (cli.err.terminal && isRare(types)) remark(cli, 'Waiting for what changes; Ctrl-C ends it.')
  const onDropped = (count: number): void => remark(cli, `(${count} events left out: this terminal is too slow)`)
  if (scope === 'all' && target.testnet !== undefined) {
    for await (const { node, ...event } of target.testnet.events({ types, onDropped })) {
      yield { node, event: event as EventOf<T> }
    }
  } else {
    const { name, client } = scope === 'all' ? target.node : scope
    for await (const event of client.events({ types, onDropped })) yield { node: name, event: event as EventOf<T> }
  }
  throw new CliError('stream-ended', 'The other side ended the stream: it is shutting down.')
}
