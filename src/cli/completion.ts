// Completion scripts for bash, zsh and fish: a table from "words so far" to "what may follow". Pure.
import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

interface Place {
  /** Words after `starling` that lead here: `[]`, `['tx']`, `['tx', 'send']`. */
  readonly path: readonly string[]
  readonly commands: readonly { readonly name: string; readonly about: string }[]
  readonly flags: readonly { readonly name: string; readonly about: string }[]
}

/** Every command of the program, outermost first. */
export function places(program: Command, path: readonly string[] = []): Place[] {
  const commands = program.commands.map((command) => ({ name: command.name(), about: command.description() }))
  const flags = program.options
    .map((option) => ({ name: option.long ?? '', about: option.description }))
    .concat({ name: '--help', about: 'print this help' })
    .filter(({ name }) => name !== '')
  const inner = program.commands.flatMap((command) => places(command, [...path, command.name()]))
  return [{ path, commands, flags }, ...inner]
}

export function completionScript(shell: Shell, program: Command): string {
  const all = places(program)
  switch (shell) {
    case 'bash':
      return bash(all)
    case 'zsh':
      return zsh(all)
    case 'fish':
      return fish(all)
  }
}

/** The commands that have commands of their own: after these, a second word belongs to the path. */
function groups(all: readonly Place[]): string[] {
  return all.filter(({ path, commands }) => path.length === 1 && commands.length > 0).flatMap(({ path }) => path)
}

function bash(all: readonly Place[]): string {
  const cases = all.map(({ path, commands, flags }) => {
    const words = [...commands.map(({ name }) => name), ...flags.map(({ name }) => name)].join(' ')
    return `    ${path.length === 0 ? "''" : `'${path.join(' ')}'`}) words='${words}' ;;`
  })
  return `# bash completion of starling. Load it with: source <(starling completion bash)
_starling() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' word
  local -i i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) continue ;; esac
    case "$path" in
      '') path="$word" ;;
      ${groups(all).join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen -W "$words" -- "$current")
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then
    while IFS= read -r word; do
      COMPREPLY+=("$word")
    done < <(compgen -f -- "$current")
  fi
}
complete -F _starling starling
`
}

function zsh(all: readonly Place[]): string {
  const cases = all.map(({ path, commands, flags }) => {
    const words = [...commands, ...flags].map(({ name, about }) => quote(`${name.replaceAll(':', '\\:')}:${about}`))
    return `    ${quote(path.join(' '))}) candidates=(\n      ${words.join('\n      ')}\n    ) ;;`
  })
  return `#compdef starling
# zsh completion of starling. Put it in a directory of $fpath as _starling.
_starling() {
  local place='' word
  local -a candidates
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$word" in -*) continue ;; esac
    case "$place" in
      '') place="$word" ;;
      ${groups(all).join(' | ')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  _describe 'starling' candidates || _files
}
if [ "$funcstack[1]" = '_starling' ]; then _starling "$@"; else compdef _starling starling; fi
`
}

function fish(all: readonly Place[]): string {
  const lines = all.flatMap(({ path, commands, flags }) => {
    const condition = fishCondition(path, commands)
    return [
      ...commands.map(({ name, about }) => `complete -c starling -n ${condition} -f -a ${name} -d ${quote(about)}`),
      ...flags.map(({ name, about }) => `complete -c starling -n ${condition} -l ${name.slice(2)} -d ${quote(about)}`)
    ]
  })
  return `# fish completion of starling. Save it as ~/.config/fish/completions/starling.fish
${lines.join('\n')}
`
}

function fishCondition(path: readonly string[], commands: Place['commands']): string {
  if (path.length === 0) return '__fish_use_subcommand'
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`)
  const open =
    commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}`]
  return `'${[...seen, ...open].join('; and ')}'`
}

/** A single-quoted word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
