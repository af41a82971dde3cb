// The hello: the first exchange on a new connection. It checks that both sides are on the same network and speak the
// same version, and tells the peer's agent, salt and head.
import type { Protocol } from '../network/index.ts'
import { decodeTip } from '../sync/index.ts'
import { Hello, type Tip } from '../wire/index.ts'

export const HELLO_VERSION = 1
/** Bytes of this side's half of the reconciliation key. */
export const SALT_BYTES = 8
const AGENT_MAX_LENGTH = 64

export const helloProtocol: Protocol<Hello, Hello> = {
  id: '/starling/hello/1',
  request: Hello,
  response: Hello,
  maxRequestBytes: 1024,
  maxResponseBytes: 1024,
  maxResponses: 1,
  timeouts: { openMs: 5000, firstByteMs: 5000, totalMs: 5000 },
  maxInboundStreams: 2,
  rate: { burst: 10, perSecond: 1, cost: () => 1 },
  traffic: 'control'
}

/** Why a hello ends the connection; safe as a metric label. */
export type HelloProblem = 'other-network' | 'other-version' | 'bad-hello'

/** What is wrong with a peer's hello, if anything. */
export function judgeHello(hello: Hello, genesis: Uint8Array): HelloProblem | undefined {
  if (hello.version !== HELLO_VERSION) return 'other-version'
  if (Buffer.compare(hello.genesis, genesis) !== 0) return 'other-network'
  if (hello.salt.length !== SALT_BYTES || hello.agent.length > AGENT_MAX_LENGTH || !isTip(hello.head)) {
    return 'bad-hello'
  }
  return undefined
}

function isTip(tip: Tip | undefined): boolean {
  try {
    decodeTip(tip)
    return true
  } catch {
    return false
  }
}
