// starling tx send: pay, and see how the payment spreads.
import type { Command } from 'commander'
import { Option } from 'commander'
import { cliDefaults } from '../../config/index.ts'
import { recipientOf, senderOf } from '../accounts.ts'
import { type Cli, remark } from '../context.ts'
import { timedOut, usageError } from '../errors.ts'
import { count, duration, plural } from '../format.ts'
import { shortHash } from '../../report/index.ts'
import { examples } from '../help.ts'
import { json } from '../output.ts'
import { durationOf, hexData, positiveNumber, wholeNumber } from '../parse.ts'
import { isReached, type Payment, type Spread, type Submitted, type Wait, Wallet, waitForStage } from '../send.ts'
import { type ClientFlags, clientFlags, findTarget, type Target } from '../target.ts'

interface SendFlags extends ClientFlags {
  readonly from?: string
  readonly key?: string
  readonly to: string
  readonly amount: number
  readonly fee?: number
  readonly data?: Uint8Array
  readonly count?: number
  readonly rate?: number
  readonly wait: Wait
  readonly timeout?: string
}

export function registerTxSend(tx: Command, cli: Cli): void {
  const send = tx
    .command('send')
    .description('sign a payment here, send it, and wait until it is in a block')
    .option('--from <name>', 'pay from a development account (alice, bob, …)')
    .option('--key <file>', 'pay with a key of your own')
    .requiredOption('--to <who>', 'development account or address')
    .requiredOption('--amount <n>', 'how much', wholeNumber('--amount'))
    .option('--fee <n>', `what the producer gets (default: ${cliDefaults.fee} for each kilobyte)`, wholeNumber('--fee'))
    .option('--data <hex>', 'bytes to carry along', hexData)
    .option('--count <n>', 'send so many, one after another', wholeNumber('--count', 1, cliDefaults.sendCountMax))
    .option('--rate <n>', 'with --count: so many per second', positiveNumber('--rate'))
    .addOption(
      new Option('--wait <stage>', 'return when it is sent, seen or included')
        .choices(['none', 'seen', 'included'])
        .default('included')
    )
    .option('--timeout <duration>', 'how long to wait (default 30s)')
  examples(
    clientFlags(send, { lines: 'with --count one object per line' }),
    'tx send --from alice --to bob --amount 5',
    'tx send --key my.key --to bob --amount 5 --wait seen --json',
    'tx send --from alice --to bob --amount 1 --count 100 --rate 20'
  ).action((flags: SendFlags) => sendPayments(cli, flags))
}

async function sendPayments(cli: Cli, flags: SendFlags): Promise<void> {
  if (flags.rate !== undefined && flags.count === undefined) throw usageError('--rate needs --count.')
  const timeoutMs =
    flags.timeout === undefined ? cliDefaults.sendTimeoutMs : await durationOf('--timeout', flags.timeout)
  const [sender, recipient] = [await senderOf(flags, cli.cwd), await recipientOf(flags.to)]
  const data = flags.data ?? new Uint8Array(0)
  const { leastFee } = await import('../../ledger/index.ts')
  const fee = flags.fee ?? leastFee(data.length, cliDefaults.fee)
  const payment: Payment = { sender, recipient, amount: flags.amount, fee, data }
  const target = await findTarget(cli, flags)
  const payments = flags.count ?? 1
  const wallet = await Wallet.open(cli.clock, target.node.client, payment, payments)
  const sending = new Sending(cli, flags, payment, target, timeoutMs)
  if (flags.wait === 'seen' && target.testnet === undefined) {
    remark(cli, "A single node can't tell who has seen what it sent: this returns once it is accepted.")
  }
  if (payments === 1) await sending.one(await wallet.pay())
  else await sending.many(wallet, payments)
}

/** One run of the command: pays, waits, prints, counts what was not reached. */
class Sending {
  readonly #cli: Cli
  readonly #flags: SendFlags
  readonly #payment: Payment
  readonly #target: Target
  readonly #timeoutMs: number

  constructor(cli: Cli, flags: SendFlags, payment: Payment, target: Target, timeoutMs: number) {
    this.#cli = cli
    this.#flags = flags
    this.#payment = payment
    this.#target = target
    this.#timeoutMs = timeoutMs
  }

  /** Prints each stage as it is reached, on one line. */
  async one(submitted: Submitted): Promise<void> {
    const text = (part: string): void => {
      if (this.#flags.json !== true) this.#cli.out.write(part)
    }
    text(this.#headline(submitted))
    const end = this.#cli.clock.now() + this.#timeoutMs
    let spread: Spread | undefined
    try {
      for (const stage of this.#stages()) {
        const leftMs = Math.max(0, end - this.#cli.clock.now())
        // A node that is down never sees it: that must not use up the time for the block.
        const isLast = stage === this.#flags.wait
        spread = await this.#waitFor(submitted, stage, isLast ? leftMs : Math.min(leftMs, cliDefaults.seenPatienceMs))
        text(this.#stageText(stage, spread))
      }
    } finally {
      text('\n')
    }
    if (this.#flags.json === true) this.#cli.out.write(json(this.#view(submitted, spread)))
    if (!this.#isDone(spread)) throw this.#late(submitted, spread)
  }

  /** Pays at the rate and waits for all, a bounded number at a time. */
  async many(wallet: Wallet, payments: number): Promise<void> {
    const { clock, timers } = this.#cli
    const begin = clock.now()
    const waiting = new Set<Promise<void>>()
    const failures: unknown[] = []
    let late = 0
    for (let i = 0; i < payments; i++) {
      const dueMs = this.#flags.rate === undefined ? 0 : begin + (i * 1000) / this.#flags.rate - clock.now()
      if (dueMs > 0) await timers.sleep(dueMs)
      const submitted = await wallet.pay()
      const settled = this.#settle(submitted)
        .then((done) => {
          if (!done) late++
        })
        .catch((error: unknown) => void failures.push(error))
        .finally(() => waiting.delete(settled))
      waiting.add(settled)
      if (waiting.size >= cliDefaults.sendWaitsMax) await Promise.race(waiting)
    }
    const sentMs = clock.now() - begin
    await Promise.all(waiting)
    if (failures.length > 0) throw failures[0]
    if (this.#flags.json !== true) {
      const stage =
        this.#flags.wait === 'none' ? '' : `   ${this.#flags.wait} ${count(payments - late)}/${count(payments)}`
      this.#cli.out.write(`${plural(payments, 'transaction')} sent in ${duration(sentMs)}${stage}\n`)
    }
    if (late > 0)
      throw timedOut(`${plural(late, 'transaction')} not ${this.#flags.wait} within ${duration(this.#timeoutMs)}.`)
  }

  async #settle(submitted: Submitted): Promise<boolean> {
    const stages = this.#stages()
    const last = stages.at(-1)
    const spread = last === undefined ? undefined : await this.#waitFor(submitted, last, this.#timeoutMs)
    const line = this.#headline(submitted) + stages.map((stage) => this.#stageText(stage, spread)).join('')
    this.#cli.out.write(this.#flags.json === true ? json(this.#view(submitted, spread), 'line') : `${line}\n`)
    return this.#isDone(spread)
  }

  #waitFor(submitted: Submitted, stage: 'seen' | 'included', timeoutMs: number): Promise<Spread | undefined> {
    const { node, testnet } = this.#target
    const target = { node: node.client, ...(testnet === undefined ? {} : { testnet }) }
    return waitForStage(this.#cli.clock, target, submitted, stage, timeoutMs)
  }

  /** What is waited for, in order. On the way to its block, only a testnet can tell more. */
  #stages(): readonly ('seen' | 'included')[] {
    const { wait } = this.#flags
    if (wait === 'none') return []
    return wait === 'seen' || this.#target.testnet === undefined ? [wait] : ['seen', 'included']
  }

  #stageText(stage: 'seen' | 'included', spread: Spread | undefined): string {
    if (this.#target.testnet !== undefined) return stage === 'seen' ? seenText(spread) : includedText(spread)
    const announced = spread === undefined || spread.holders === 0 ? '' : `   ${holdersText(spread)}`
    return announced + (stage === 'seen' && spread?.included === undefined ? '   accepted' : includedText(spread))
  }

  #isDone(spread: Spread | undefined): boolean {
    return this.#flags.wait === 'none' || isReached(spread, this.#flags.wait)
  }

  #headline({ id }: Submitted): string {
    const { sender, recipient, amount, fee } = this.#payment
    const { paint } = this.#cli
    return `${paint('bold', `${shortHash(id, 4)}…`)} ${sender.name}→${recipient.name} ${count(amount)}, fee ${count(fee)}`
  }

  /** `holders` of `nodes` have it; against a bare node, `announced_by` of `peers` announced it. */
  #view({ id, nonce }: Submitted, spread: Spread | undefined): Record<string, unknown> {
    const { sender, recipient, amount, fee } = this.#payment
    const view = { id, from: sender.address, to: recipient.address, amount, fee, nonce }
    if (this.#flags.wait === 'none') return view
    const { included } = spread ?? {}
    const seen =
      spread?.by === 'announcing peers'
        ? { announced_by: spread.holders, peers: spread.of }
        : { holders: spread?.holders ?? 0, nodes: spread?.of ?? null, latency_ms: spread?.latencyMs ?? null }
    return {
      ...view,
      state: included === undefined ? 'pending' : 'included',
      height: included?.height ?? null,
      block: included?.hash ?? null,
      included_after_ms: included?.afterMs ?? null,
      ...seen
    }
  }

  #late({ id }: Submitted, spread: Spread | undefined): Error {
    const known = spread !== undefined && (spread.by === 'nodes' || spread.holders > 0)
    const where = known ? ` (${holdersText(spread)})` : ''
    return timedOut(
      `${shortHash(id, 8)} was not ${this.#flags.wait} within ${duration(this.#timeoutMs)}${where}; it stays pending.`,
      `Look again: npx starling tx show ${shortHash(id, 16)}`
    )
  }
}

function holdersText({ by, holders, of }: Spread): string {
  return by === 'nodes' ? `seen ${holders}/${of}` : `announced by ${holders}/${of} peers`
}

function seenText(spread: Spread | undefined): string {
  if (spread === undefined) return '   not seen yet'
  return `   ${holdersText(spread)}${spread.latencyMs === null ? '' : ` in ${duration(spread.latencyMs)}`}`
}

function includedText(spread: Spread | undefined): string {
  const included = spread?.included
  if (included === undefined) return '   not included yet'
  return `   included #${included.height} after ${duration(included.afterMs)}`
}
