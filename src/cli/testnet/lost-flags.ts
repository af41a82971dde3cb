// `npm run testnet --nodes 20` hands us only `20`: npm takes the flag for one of its own and tells of it in the
// environment. Pure: finds what was meant.
import type { CliError } from '../errors.ts'
import { usageError } from '../errors.ts'

type Env = Readonly<Record<string, string | undefined>>

const whole = /^\d+$/
const duration = /^(\d+(\.\d+)?(ms|s|m|h)?|forever)$/
const word = /^[a-z]+$/

/** Flags that npm has no setting of the same name for, and what their values look like. */
const FLAGS: Readonly<Record<string, RegExp>> = {
  duration,
  latency: duration,
  nodes: whole,
  'nodes-per-process': whole,
  seed: whole,
  degree: whole,
  consensus: word,
  relay: word,
  rate: /^\d+(\.\d+)?$/,
  set: /^[A-Za-z.]+=/,
  out: /./,
  detach: /^$/
}

/** The complaint with the command that was meant; `undefined` when npm swallowed nothing. */
export function lostFlags(env: Env, positional: readonly string[]): CliError | undefined {
  if (env.npm_lifecycle_event !== undefined) {
    const lost = Object.keys(FLAGS).filter((flag) => swallowed(env, flag) !== undefined)
    if (lost.length > 0) {
      const meant = `npm run ${env.npm_lifecycle_event} -- ${pairUp(env, lost, [...positional])}`
      return usageError('npm takes flags before "--" for its own.', `Did you mean: ${meant}`)
    }
  }
  const [only] = positional
  if (only === undefined || !whole.test(only)) return undefined
  return usageError(`"${only}" is not a scenario.`, `Did you mean: npx starling testnet --nodes ${only}`)
}

function swallowed(env: Env, flag: string): string | undefined {
  return env[`npm_config_${flag.replaceAll('-', '_')}`]
}

/** Gives each flag its value back: `--nodes=20` kept it, `--nodes 20` left it among the positional words. */
function pairUp(env: Env, lost: readonly string[], words: string[]): string {
  const parts = lost.map((flag) => {
    const kept = swallowed(env, flag)
    if (kept !== 'true' && kept !== '') return `--${flag} ${kept}`
    const at = words.findIndex((text) => FLAGS[flag]?.test(text))
    return at === -1 ? `--${flag}` : `--${flag} ${words.splice(at, 1)[0]}`
  })
  return [...words, ...parts].join(' ')
}
