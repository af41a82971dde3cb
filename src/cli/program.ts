// The program: all commands, and the one place where errors become a sentence and an exit code.
import { version } from '../runtime/index.ts'
import { Command, CommanderError } from 'commander'
import { registerAccount } from './commands/account.ts'
import { registerBlock } from './commands/block.ts'
import { registerChain } from './commands/chain.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerFault } from './commands/fault.ts'
import { registerKey } from './commands/key.ts'
import { registerLeave, registerMembers } from './commands/members.ts'
import { registerMempool } from './commands/mempool.ts'
import { registerNode } from './commands/node.ts'
import { registerPeers } from './commands/peers.ts'
import { registerReport } from './commands/report.ts'
import { registerRuns } from './commands/runs.ts'
import { registerScenario } from './commands/scenario.ts'
import { registerSim } from './commands/sim.ts'
import { registerStatus } from './commands/status.ts'
import { registerStop } from './commands/stop.ts'
import { registerSync } from './commands/sync.ts'
import { registerTestnet } from './commands/testnet.ts'
import { registerTrace } from './commands/trace.ts'
import { registerTx } from './commands/tx.ts'
import { registerWatch } from './commands/watch.ts'
import type { Cli } from './context.ts'
import { type Complaint, describeError, EXIT, type ExitCode } from './errors.ts'
import { json, painter } from './output.ts'
import { namingNode } from './target.ts'

export function buildProgram(cli: Cli): Command {
  const program = new Command('starling')
    .description('Spread transactions and blocks by gossip, and see how every one of them travelled.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}`.replace('[options] ', '') })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.out.write(text),
      writeErr: (text) => cli.err.write(text),
      // Errors are printed once, by `run`.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(cli.out.width, 100),
      getErrHelpWidth: () => Math.min(cli.err.width, 100)
    })
    .addHelpText('after', '\nExample:\n  npx starling testnet\n  npx starling tx send --from alice --to bob --amount 5')
  const registrations = [
    registerTestnet,
    registerSim,
    registerStop,
    registerFault,
    registerWatch,
    registerRuns,
    registerReport,
    registerTrace,
    registerScenario,
    registerNode,
    registerTx,
    registerAccount,
    registerKey,
    registerStatus,
    registerPeers,
    registerMembers,
    registerLeave,
    registerMempool,
    registerBlock,
    registerChain,
    registerSync,
    registerDoctor,
    registerCompletion
  ]
  for (const register of registrations) register(program, cli)
  // --help says the same.
  for (const command of program.commands) command.helpCommand(false)
  return program
}

/** Runs one command line (without `node` and the script). Never throws: resolves with the exit code. */
export async function run(args: readonly string[], cli: Cli): Promise<ExitCode> {
  const program = buildProgram(cli)
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
    return EXIT.done
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    // `starling tx`: its help has been printed, there is nothing to add.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
    const complaint = describeError(namingNode(cli, error), usageHint(program, args))
    printComplaint(complaint, args.includes('--json'), cli)
    if (cli.env.STARLING_DEBUG === '1' && error instanceof Error) cli.err.write(`${error.stack}\n`)
    return complaint.exitCode
  }
}

/** The help of the command that was meant, as it can be typed; of a group, the commands in it. */
function usageHint(program: Command, args: readonly string[]): string {
  let command = program
  const words = ['npx starling']
  for (const word of args) {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (next === undefined) break
    command = next
    words.push(word)
  }
  if (command === program) return 'npx starling --help lists the commands.'
  const inner = command.commands.map((candidate) => candidate.name())
  if (inner.length > 0) return `Its commands: ${inner.join(', ')}. ${words.join(' ')} --help says more.`
  return `${words.join(' ')} --help says what it takes.`
}

function printComplaint({ code, message, hint }: Complaint, asJson: boolean, cli: Cli): void {
  if (asJson) {
    cli.err.write(json({ error: { code, message, ...(hint === undefined ? {} : { hint }) } }, 'line'))
    return
  }
  const paint = painter(cli.err, cli.env)
  cli.err.write(`${paint('red', 'error:')} ${message}\n${hint === undefined ? '' : `${paint('dim', hint)}\n`}`)
}
