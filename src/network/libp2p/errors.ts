// What libp2p throws, as our NetworkError. libp2p's errors are told apart by name: their classes come in several
// copies when packages resolve to different versions.
import { NetworkError, type NetworkErrorCode } from '../host.ts'

const CODES: Readonly<Record<string, NetworkErrorCode>> = {
  UnsupportedProtocolError: 'unsupported',
  UnhandledProtocolError: 'unsupported',
  TimeoutError: 'timeout',
  AbortError: 'timeout',
  ConnectionClosedError: 'closed',
  MuxerClosedError: 'closed',
  StreamResetError: 'closed',
  StreamClosedError: 'closed',
  StreamStateError: 'closed',
  NotStartedError: 'closed'
}

/** `fallback` is for everything unknown. An error that is ours already is kept. */
export function toNetworkError(error: unknown, what: string, fallback: NetworkErrorCode): NetworkError {
  if (error instanceof NetworkError) return error
  const name = error instanceof Error ? error.name : ''
  const reason = error instanceof Error ? error.message : String(error)
  return new NetworkError(CODES[name] ?? fallback, `${what}: ${reason}`, error)
}
