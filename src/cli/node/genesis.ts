// Which network a node belongs to: what its data directory remembers, else --genesis, else the file of
// the run that the directory is part of, else the running testnet's. A chain that is there already has the last word.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { apiDefaults } from '../../config/index.ts'
import type { Genesis } from '../../ledger/index.ts'
import type { Hex } from '../../wire/index.ts'
import type { Cli } from '../context.ts'
import { CliError } from '../errors.ts'
import { findTarget } from '../target.ts'

const FILE = 'genesis.json'

/** The genesis of the network to join. Throws what is wrong with it in one sentence. */
export async function genesisOf(cli: Cli, dataDir: string, given: string | undefined): Promise<Genesis> {
  if (existsSync(dataDir) && !statSync(dataDir).isDirectory()) {
    throw new CliError('bad-data-dir', `${dataDir} is a file, not a directory.`)
  }
  const { parseGenesis } = await import('../../ledger/index.ts')
  const kept = join(dataDir, FILE)
  const ours = existsSync(kept) ? parse(kept) : undefined
  const theirs = given === undefined ? undefined : parse(resolve(cli.cwd, given))
  if (ours !== undefined) {
    if (theirs === undefined || theirs.hash === ours.hash) return ours
    throw new CliError(
      'wrong-network',
      `${dataDir} belongs to network ${ours.network}, and ${given} describes ${theirs.network}.`,
      { hint: 'Choose another --data-dir, or leave --genesis out to go on with what is there.' }
    )
  }
  if (theirs !== undefined) return theirs
  const chain = holdsChain(dataDir) ? await (await import('../../store/index.ts')).networkIn(dataDir) : undefined
  const fits = ({ hash }: Genesis): boolean => chain === undefined || hash === chain
  const found = filesAbove(dataDir)
    .map(parseIfGenesis)
    .find((each) => each !== undefined && fits(each))
  if (found !== undefined) return found
  const fetched = parseGenesis(JSON.stringify(await fetchGenesis(cli, chain)))
  if (fits(fetched)) return fetched
  throw new CliError(
    'wrong-network',
    `${dataDir} belongs to network ${nameOf(chain ?? '')}, and the one that runs here is ${fetched.network}.`,
    { hint: 'Add --genesis with the genesis file of its network.' }
  )

  /** Nobody named this file: one of another program is none of ours. */
  function parseIfGenesis(path: string): Genesis | undefined {
    try {
      return parse(path)
    } catch (error) {
      if (error instanceof CliError) return undefined
      throw error
    }
  }

  function parse(path: string): Genesis {
    if (!existsSync(path)) throw new CliError('no-genesis', `There is no genesis file ${path}.`)
    if (statSync(path).isDirectory()) throw isDirectory(path)
    try {
      return parseGenesis(readFileSync(path, 'utf8'))
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'bad-genesis') throw error
      throw new CliError(
        'bad-genesis',
        `${path} is no genesis file: ${(error as Error).message.replace(/^Genesis: /, '')}`
      )
    }
  }
}

/** The genesis of a directory that must hold a chain already: nothing is made where there is nothing. */
export async function genesisOfExisting(cli: Cli, dataDir: string, given: string | undefined): Promise<Genesis> {
  if (!holdsChain(dataDir)) {
    throw new CliError('no-chain', `There is no chain in ${dataDir}.`, {
      hint: 'Name the directory that a node was given as its --data-dir.'
    })
  }
  return genesisOf(cli, dataDir, given)
}

/** Whether LevelDB has been here, by its files: any of them may be the one that is lost. */
function holdsChain(dataDir: string): boolean {
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() !== true) return false
  return readdirSync(dataDir).some((name) => /^(CURRENT|MANIFEST-\d+|\d+\.(ldb|sst|log))$/.test(name))
}

/** Beside the data directory; or above `nodes`, where a testnet keeps those of its nodes. */
function filesAbove(dataDir: string): string[] {
  const above = dirname(dataDir)
  const beside = join(above, FILE)
  return basename(above) === 'nodes' ? [beside, join(dirname(above), FILE)] : [beside]
}

/** A network's name is the beginning of its genesis' hash. */
function nameOf(hash: Hex): string {
  return hash.slice(0, 16)
}

/** `chain`: the genesis' hash of the chain that is there already. */
async function fetchGenesis(cli: Cli, chain: Hex | undefined): Promise<unknown> {
  try {
    const { node } = await findTarget(cli, {})
    return await node.client.genesis()
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== 'no-testnet' && code !== 'stale-testnet' && code !== 'unreachable') throw error
    const who = code === 'unreachable' ? 'the API to ask for it does not answer' : 'no testnet runs here to ask'
    const what =
      chain === undefined
        ? `Which network? No --genesis was given, and ${who}.`
        : `The chain belongs to network ${nameOf(chain)}: no --genesis was given, and ${who}.`
    throw new CliError('no-genesis', what, { hint: GENESIS_HINT })
  }
}

/** A peer can't be asked: its genesis is what makes it a peer. */
const GENESIS_HINT =
  'Fetch the file from the API of any node of the network, and add --genesis genesis.json:\n' +
  `  curl -s http://${apiDefaults.host}:${apiDefaults.port}/v1/genesis > genesis.json\n` +
  `Or have it fetched: STARLING_API=http://${apiDefaults.host}:${apiDefaults.port} npx starling node …`

function isDirectory(path: string): CliError {
  const inside = join(path, FILE)
  const hint = existsSync(inside) ? `Did you mean: --genesis ${inside}` : `Name the file: --genesis ${inside}`
  return new CliError('bad-genesis', `${path} is a directory, not a genesis file.`, { hint })
}

/** Addresses of the testnet that runs here, if it is of this network: whom to dial when nobody was named. */
export async function peersHere(cli: Cli, genesis: Genesis): Promise<string[]> {
  try {
    const { node, testnet } = await findTarget(cli, {})
    if (testnet === undefined) {
      const status = await node.client.status()
      return status.genesis === genesis.hash ? [...status.addresses] : []
    }
    const { network, nodes } = await testnet.view()
    if (network !== genesis.network) return []
    return nodes
      .filter(({ state }) => state === 'up')
      .flatMap(({ addresses }) => addresses.slice(0, 1))
      .slice(0, PEERS_MAX)
  } catch {
    return []
  }
}

/** Enough that the end of one does not cut the node off. */
const PEERS_MAX = 4

/**
 * Remembers the genesis in the data directory; to be called once the store there has accepted it. Whole or not at
 * all: half a genesis would lock the node out of its own data.
 */
export function keepGenesis(dataDir: string, genesis: Genesis): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, FILE)
  if (existsSync(file)) return
  writeFileSync(`${file}.new`, `${JSON.stringify(genesis.file, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
