// A payment of a development account, signed here: those keys are known to everyone, and a page holds no keys.
import { apiDefaults } from '../config/index.ts'
import { DEVELOPMENT_ACCOUNTS, developmentKey } from '../ledger/index.ts'
import { signTransaction, toHex } from '../wire/index.ts'
import { ApiError } from './client/error.ts'
import type { NodeClient } from './client/types.ts'
import { HttpFault } from './fault.ts'
import { addressOf } from './parameters.ts'
import type { PaymentOrder } from './schemas.ts'

/**
 * Posts to `node` and resolves with the id. `onSigned` is told the id before. Throws `HttpFault` for accounts that are
 * none, and what the node refuses.
 */
export async function payFrom(
  node: NodeClient,
  { from, to, amount, fee }: PaymentOrder,
  onSigned: (id: string) => void
): Promise<{ id: string }> {
  if (!DEVELOPMENT_ACCOUNTS.includes(from))
    throw new HttpFault(404, 'unknown-account', `No key of "${from}" is known here.`)
  const key = developmentKey(from)
  const sender = toHex(key.publicKey)
  const recipient = addressOf(to)
  const network = (await node.status()).genesis.slice(0, 16)
  for (let attempt = 0; ; attempt++) {
    const { next_nonce: nonce } = await node.account(sender)
    const fields = { network, sender, recipient, amount, fee, nonce, validUntil: 0, data: new Uint8Array() }
    const { id, bytes } = signTransaction(fields, key.sign)
    onSigned(id)
    try {
      return await node.submit(toHex(bytes))
    } catch (error) {
      // Somebody else used the nonce meanwhile.
      const isOld = error instanceof ApiError && (await node.account(sender)).next_nonce !== nonce
      if (!isOld || attempt >= apiDefaults.paymentRetries) throw error
    }
  }
}

/** What a node answered, handed on; one that does not answer is named. */
export function nodeFault(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.status === 0) return new HttpFault(503, 'node-down', 'This node does not answer.', 'Choose another one.')
  return new HttpFault(error.status, error.code, error.message, error.hint)
}
