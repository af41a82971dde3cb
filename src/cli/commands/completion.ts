// starling completion: scripts for shells, made from the program itself, so that they never lag behind it.
import { Argument, type Command } from 'commander'
import type { Cli } from '../context.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'
import { examples } from '../help.ts'

export function registerCompletion(program: Command, cli: Cli): void {
  const completion = program
    .command('completion')
    .description('a script that completes commands and flags')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
  examples(completion, 'completion bash > ~/.local/share/bash-completion/completions/starling').action((shell: Shell) =>
    cli.out.write(completionScript(shell, program))
  )
}
