// What requests may carry. Each schema's message completes the sentence `"limit" must be …`.
import { z } from 'zod'
import { apiDefaults } from '../config/index.ts'
import { DEVELOPMENT_ACCOUNTS, developmentKey } from '../ledger/index.ts'
import { toHex } from '../wire/index.ts'
import { NAMED_EVENT_TYPES, NODE_EVENT_TYPES } from './events.ts'
import { memberState } from './schemas.ts'
import { HttpFault } from './fault.ts'

/** A query's whole number; text that is not plain digits is refused rather than guessed at. */
function whole(min: number, max: number) {
  const message = `a whole number from ${min} to ${max}`
  const number = z.int(message).min(min, message).max(max, message)
  return z.preprocess((text) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text), number)
}

const hash = z.string().regex(/^[0-9a-fA-F]{64}$/, '64 hex digits')

export const limit = whole(1, apiDefaults.limitMax).default(apiDefaults.limit)
export const height = whole(0, Number.MAX_SAFE_INTEGER)

export const idParams = z.object({ id: hash.toLowerCase() })
export const blockParams = z.object({
  id: z.string().regex(/^([0-9a-fA-F]{64}|\d{1,15}|head)$/, 'a block hash (64 hex digits), a height or "head"')
})

/** A node of a testnet. */
export const nodeParams = z.object({ name: z.string().regex(/^[\w.-]{1,64}$/, 'the name of a node') })

/** An address, or the name of a development account, which becomes its address. */
export const account = z
  .string()
  .regex(/^([0-9a-fA-F]{64}|[a-z]{1,16})$/, 'an address (64 hex digits) or a development account such as "alice"')
export const accountParams = z.object({ address: account })

export const membersQuery = z.strictObject({
  tag: z
    .string('one tag such as "role=miner"')
    .regex(/^[^=]+=/, 'a tag such as "role=miner"')
    .optional(),
  state: z.enum(memberState.options, `one of ${memberState.options.join(', ')}`).optional()
})

export const waitQuery = z.strictObject({
  wait: z.enum(['seen', 'included'], '"seen" or "included"').optional(),
  timeout_ms: whole(0, apiDefaults.waitMaxMs).default(apiDefaults.waitMs)
})

const eventsOf = <T extends string>(types: readonly [T, ...T[]]) => {
  const type = z.enum(types, `event types separated by commas, out of: ${types.join(', ')}`)
  const list = z.preprocess((text) => (typeof text === 'string' ? text.split(',') : text), z.array(type))
  return z.strictObject({ types: list.optional() })
}
export const eventsQuery = eventsOf(NODE_EVENT_TYPES)
/** A testnet's stream tells of faults, too. */
export const namedEventsQuery = eventsOf(NAMED_EVENT_TYPES)

const addresses = new Map<string, string>()

/** The address that `text` (checked by `account`) stands for. Throws `HttpFault` (`unknown-account`) for other names. */
export function addressOf(text: string): string {
  if (text.length === 64) return text.toLowerCase()
  if (!DEVELOPMENT_ACCOUNTS.includes(text)) {
    throw new HttpFault(
      404,
      'unknown-account',
      `No development account is called "${text}".`,
      `There are: ${DEVELOPMENT_ACCOUNTS.join(', ')}. Any other account is named by its address.`
    )
  }
  let address = addresses.get(text)
  if (address === undefined) {
    address = toHex(developmentKey(text).publicKey)
    addresses.set(text, address)
  }
  return address
}
