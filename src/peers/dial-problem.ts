// Why an address can't be reached, in a few words for the person who named it. Pure.
import type { HelloProblem } from './hello.ts'

const HELLO_PROBLEMS: Readonly<Record<HelloProblem, string>> = {
  'other-network': 'it belongs to another network (its genesis differs)',
  'other-version': 'it speaks another version of the protocol',
  'bad-hello': 'its greeting makes no sense'
}

/** Of a connection that ended soon. A peer of another network may cut it before its own greeting arrives. */
export function cutProblem(refused: HelloProblem | undefined, greeted: boolean): string {
  if (refused !== undefined) return HELLO_PROBLEMS[refused]
  return greeted ? 'it closed the connection' : 'it closed the connection (does it belong to another network?)'
}

/** Signs of a reason anywhere in an error's text: the library wraps what the system said, and wraps it differently. */
const REASONS: readonly (readonly [sign: RegExp, reason: string])[] = [
  [/ECONNREFUSED/, 'nothing listens there (connection refused)'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no route to it'],
  [/ENOTFOUND|EAI_AGAIN|ENODATA/, 'its name is not known'],
  [/UnexpectedPeer|Payload identity key/, 'another peer answers there (wrong peer id)'],
  [/not an address to dial/, 'it is no address that can be dialled'],
  [/ECONNRESET|EPIPE|StreamReset|closed/i, 'it closed the connection'],
  [/time|abort/i, 'no answer in time']
]
const WORDS_MAX = 120

export function dialProblem(error: unknown): string {
  const text = textOf(error)
  const known = REASONS.find(([sign]) => sign.test(text))
  return known?.[1] ?? text.slice(0, WORDS_MAX)
}

/** Messages of an error and of those within it. */
function textOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return String(error)
  const inner = [error.cause, ...(error instanceof AggregateError ? error.errors : [])].filter((e) => e !== undefined)
  return [`${error.name}: ${error.message}`, ...inner.map((each) => textOf(each, depth + 1))].join('; ')
}
