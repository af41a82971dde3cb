// starling node --check: everything that a data directory holds, looked at offline.
import { checkStore } from '../../node/index.ts'
import { shortHash } from '../../report/index.ts'
import { realRuntime } from '../../runtime/index.ts'
import { DAMAGE_HINT, DamageError, openStore, type Store } from '../../store/index.ts'
import type { NodeFlags } from './flags.ts'
import { answer, type Cli } from '../context.ts'
import { CliError } from '../errors.ts'
import { count, duration } from '../format.ts'
import { ProgressLine } from '../progress.ts'
import { genesisOfExisting } from './genesis.ts'

interface Findings {
  readonly height: number
  readonly head: string | null
  /** One sentence each. */
  readonly problems: readonly string[]
}

/** Prints what it found; rejects with `damaged` when that is not sound. */
export async function checkDirectory(cli: Cli, flags: NodeFlags): Promise<void> {
  const { dataDir } = flags
  const genesis = await genesisOfExisting(cli, dataDir, flags.genesis)
  const progress = new ProgressLine(cli, 'checking')
  const { height, head, problems } = await openStore(dataDir, genesis, { asFound: true })
    .then((store) => examine(store, progress))
    .catch(damageOf)
    .finally(() => progress.end())
  const sound = problems.length === 0
  const seconds = Math.round(progress.elapsedMs) / 1000
  answer(cli, flags, { sound, height, head, problems, seconds }, () =>
    sound
      ? `Sound: ${count(height)} blocks up to ${shortHash(head ?? '')}, every hash, link, signature, account and index ` +
        `(${duration(progress.elapsedMs)}).\n`
      : listOf(problems)
  )
  if (sound) return
  const what = problems.length === 1 ? problems[0] : `${count(problems.length)} problems were found.`
  throw new CliError('damaged', `${dataDir} is damaged: ${what}`, { hint: DAMAGE_HINT })
}

/** One problem is told by the error alone. */
function listOf(problems: readonly string[]): string {
  return problems.length === 1 ? '' : problems.map((problem) => `${problem}\n`).join('')
}

async function examine(store: Store, progress: ProgressLine): Promise<Findings> {
  try {
    const { height: total, hash } = store.head
    const problems: string[] = []
    for await (const step of checkStore(store, realRuntime())) {
      problems.push(...step.problems)
      progress.show({ blocks: step.height, share: total === 0 ? 1 : step.height / total })
    }
    return { height: total, head: hash, problems }
  } finally {
    await store.close()
  }
}

/** Damage that kept it from being read at all is a finding like the others. */
function damageOf(error: unknown): Findings {
  if (error instanceof DamageError) return { height: 0, head: null, problems: [`${error.what}.`] }
  throw error
}
