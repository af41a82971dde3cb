// Scripts with flags of their own: what was mistyped is one sentence that lists them.
import { equal, match } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

describe('a script', () => {
  for (const { script, args, says } of [
    {
      script: 'crash',
      args: ['--nosuch'],
      says: /^Unknown option '--nosuch'\. Usage: .*--rounds.*--seed.*--json.*\n$/
    },
    { script: 'crash', args: ['--rounds', 'x'], says: /^No number of rounds: "x"\. Usage: .*\n$/ },
    {
      script: 'fuzz',
      args: ['--nosuch'],
      says: /^Unknown option '--nosuch'\. Usage: .*--seconds.*--only.*--json.*\n$/
    },
    {
      script: 'swarm',
      args: ['--seeds', '0'],
      says: /^No number of seeds: "0"\. Usage: .*--seeds.*--first.*--json.*--save.*\n$/
    },
    { script: 'swarm', args: ['--break', 'x'], says: /^No rule to break: "x"\. Usage: .*extra-reward.*\n$/ },
    { script: 'membership', args: ['--only', 'x'], says: /^No engine: "x"\. Usage: .*--only.*--seed.*--json.*\n$/ },
    { script: 'agreement', args: ['--blocks', '3'], says: /^No number of blocks: "3"\. Usage: .*\n$/ },
    { script: 'fuzz', args: ['thing'], says: /^Unexpected argument 'thing'\. Usage: .*\n$/ },
    { script: 'fuzz', args: ['--only', 'none'], says: /^No decoder is called "none"\. Usage: .*\n$/ }
  ]) {
    it(`refuses ${script} ${args.join(' ')} in one line, with exit code 2`, () => {
      const path = fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url))
      const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8' })
      equal(status, 2)
      equal(stdout, '')
      match(stderr, says)
    })
  }
})
