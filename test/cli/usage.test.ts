// What a person who mistypes sees, and what a script can rely on.
import assert from 'node:assert/strict'
import type { Command } from 'commander'
import { createCli } from '../../src/cli/context.ts'
import { describeError } from '../../src/cli/errors.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { realClock, realEntropy, realTimers } from '../../src/runtime/index.ts'
import { type Outcome, starling, useDirectory } from './support.ts'

const silent = { write: () => {}, terminal: false, width: 80 }
const cli = createCli({
  env: {},
  cwd: '/',
  out: silent,
  err: silent,
  clock: realClock(),
  timers: realTimers,
  entropy: realEntropy
})

function commandsOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsOf)
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()]
}

describe('the command line', () => {
  const directory = useDirectory()

  const commands = commandsOf(buildProgram(cli))

  it('shows its commands without arguments', async () => {
    const { code, out, err } = await starling([], { cwd: directory() })
    assert.equal(code, 0)
    assert.match(out, /testnet/)
    assert.equal(err, '')
  })

  it('has every command of the design', () => {
    const paths = commands.map((command) => pathOf(command).join(' '))
    const expected =
      'fault crash|fault stop|fault start|fault restart|fault wipe|fault pause|fault resume|fault cut|fault partition' +
      '|fault heal|fault slow|fault restore|testnet|sim|stop|runs list|runs clean|report|trace|scenario list|scenario check|scenario schema|node|tx send|tx show|tx list' +
      '|account show|account list|key new|key show|status|peers|members tag|leave|mempool|block list|block show|chain export|chain import|sync|watch|doctor|completion'
    assert.deepEqual(paths.sort(), expected.split('|').sort())
  })

  for (const command of commands) {
    const path = pathOf(command)
    it(`shows an example in: ${path.join(' ')} --help`, async () => {
      const { code, out } = await starling([...path, '--help'], { cwd: '/' })
      assert.equal(code, 0)
      assert.match(out, new RegExp(`Examples?:\n {2}npx starling ${path.join(' ')}`))
    })
  }

  it('says where --json prints a stream: one object per line', () => {
    const stream = commands.filter((command) => {
      const flags = command.options.map(({ long }) => long)
      return flags.includes('--json') && (flags.includes('--follow') || flags.includes('--count'))
    })
    assert.ok(stream.length > 4)
    for (const command of stream) {
      const description = command.options.find(({ long }) => long === '--json')?.description ?? ''
      assert.match(description, /; with --(follow|count) one object per line$/, command.name())
    }
  })

  const mistakes: readonly [what: string, args: readonly string[], sentence: RegExp, hint?: RegExp][] = [
    ['an unknown command', ['tsetnet'], /Unknown command 'tsetnet'\./, /Did you mean testnet\?/],
    ['an unknown subcommand', ['tx', 'sned'], /Unknown command 'sned'\./, /Did you mean send\?/],
    ['an unknown flag', ['testnet', '--ndoes', '3'], /Unknown option '--ndoes'\./, /Did you mean --nodes\?/],
    ['a missing flag', ['tx', 'send', '--from', 'alice', '--to', 'bob'], /'--amount <n>' not specified/],
    ['a missing argument', ['tx', 'show'], /Missing required argument 'id'/, /^npx starling tx show --help says/m],
    ['a group without such a command', ['key', 'list'], /Unknown command 'list'\./, /^Its commands: new, show\. npx /m],
    ['nothing that is known', ['xyzzy'], /Unknown command 'xyzzy'\./, /^npx starling --help lists the commands\.$/m],
    ['a surplus argument', ['status', 'please'], /Too many arguments/],
    ['a malformed amount', send('--amount', '5.5'), /--amount is a whole number .*, not "5\.5"\./],
    ['a negative amount', send('--amount=-5'), /--amount is a whole number .*, not "-5"\./],
    ['an amount beyond 2^53', send('--amount', '9007199254740992'), /--amount is a whole number/],
    ['a malformed fee', send('--amount', '5', '--fee', 'much'), /--fee is a whole number/],
    ['data that is no hex', send('--amount', '5', '--data', 'xyz'), /--data is an even number of hex digits/],
    ['too much data', send('--amount', '5', '--data', '00'.repeat(65_537)), /--data holds at most 65536 bytes\./],
    [
      'a malformed timeout',
      send('--amount', '5', '--timeout', 'soon'),
      /--timeout must be a duration like .*, not "soon"\./
    ],
    ['a timeout without a unit', send('--amount', '5', '--timeout', '5'), /--timeout needs a unit: 5s, or 5ms\./],
    ['a stage that does not exist', send('--amount', '5', '--wait', 'forever'), /--wait/],
    ['a rate without a count', send('--amount', '5', '--rate', '5'), /--rate needs --count\./],
    ['an unknown recipient', ['tx', 'send', '--from', 'alice', '--to', 'bobby', '--amount', '5'], /"bobby" is neither/],
    [
      'an unknown sender',
      ['tx', 'send', '--from', 'mallory', '--to', 'bob', '--amount', '5'],
      /"mallory" is not a dev/
    ],
    ['no sender', ['tx', 'send', '--to', 'bob', '--amount', '5'], /either --from NAME .* or --key FILE\./],
    ['tags for all nodes', ['members', 'tag', 'a=b', '--all'], /Tags are set at one node at a time/],
    ['a tag without a value', ['members', 'tag', 'zone'], /A tag is name=value, such as role=miner, not "zone"\./],
    ['two sorts of nodes', ['status', '--all', '--node', 'n1'], /--all and --node exclude each other\./],
    ['an address that is none', ['status', '--api', 'ftp://x'], /--api is an address like .*, not "ftp:\/\/x"\./],
    ['a scenario that is not there', ['testnet', 'nowhere.yaml'], /There is no scenario "nowhere\.yaml"/],
    ['two scenarios', ['testnet', 'a.yaml', 'b.yaml'], /one scenario, but there is also "b\.yaml"\./],
    ['a malformed --set', ['testnet', '--set', 'block.interval'], /--set takes path=value/],
    ['a listen address of another form', node('--listen', '127.0.0.1:4001'), /--listen is a multiaddr like/],
    [
      'a port beyond all ports',
      node('--listen', '/ip4/127.0.0.1/tcp/70000'),
      /--listen is malformed: 70000 is no port/
    ],
    ['an address beyond all', node('--listen', '/ip4/999.0.0.1/tcp/1'), /malformed: 999\.0\.0\.1 is no IPv4 address/],
    ['a name to listen on', node('--listen', '/dns4/here/tcp/1'), /--listen is a multiaddr like/],
    [
      'a bootstrap address beyond all',
      node('--bootstrap', '/ip6/127.0.0.1/tcp/1/p2p/12D3KooW'),
      /--bootstrap is malformed: 127\.0\.0\.1 is no IPv6 address/
    ],
    ['a bootstrap address without a peer', node('--bootstrap', '/ip4/127.0.0.1/tcp/1'), /--bootstrap is a multiaddr/],
    ['an API port beyond all ports', node('--api', '127.0.0.1:70000'), /--api is HOST:PORT/],
    ['a kind of event that is none', ['trace', '--kind', 'seen'], /--kind is one of published, .*, not "seen"\./],
    ['a trace that is neither on nor off', ['testnet', '--trace', 'maybe'], /--trace/],
    ['a shell that is none', ['completion', 'tcsh'], /tcsh/]
  ]
  for (const [what, args, sentence, hint] of mistakes) {
    it(`answers ${what} with one sentence and exit code 2`, async () => {
      const outcome = await starling(args, { cwd: directory() })
      assert.equal(outcome.code, 2, outcome.err)
      assertOneComplaint(outcome)
      assert.match(outcome.err, sentence)
      if (hint !== undefined) assert.match(outcome.err, hint)
    })
  }

  it('answers with --json in JSON on stderr and nothing on stdout', async () => {
    const { code, out, err } = await starling(['status', '--json', '--bogus'], { cwd: directory() })
    assert.equal(code, 2)
    assert.equal(out, '')
    const { error } = JSON.parse(err) as { error: { code: string; message: string } }
    assert.equal(error.code, 'usage')
    assert.equal(error.message, "Unknown option '--bogus'.")
  })

  it('shows the help of a command that needs another word, with exit code 2', async () => {
    const { code, out, err } = await starling(['tx'], { cwd: directory() })
    assert.equal(code, 2)
    assert.equal(out, '')
    assert.match(err, /send/)
  })

  it('tells a scenario with a wrong field from usage, and names the field', async () => {
    const { err, code } = await starling(['testnet', '--set', 'block.intervall=5s'], { cwd: directory() })
    assert.equal(code, 2)
    assert.match(err, /block\.intervall: unknown field/)
  })

  function send(...flags: readonly string[]): string[] {
    return ['tx', 'send', '--from', 'alice', '--to', 'bob', ...flags]
  }

  function node(...flags: readonly string[]): string[] {
    return ['node', '--data-dir', 'x', ...flags]
  }
})

describe('a complaint', () => {
  it('never shows the stack of a bug, but says that it is one', () => {
    const { code, message, hint } = describeError(new TypeError('x is not a function\n at y'))
    assert.equal(code, 'internal')
    assert.equal(message, 'x is not a function')
    assert.match(hint ?? '', /bug in Starling/)
  })

  it('repeats what a room below says about its own error', () => {
    const error = Object.assign(new Error('The data directory is in use.'), { code: 'locked' })
    assert.deepEqual(describeError(error), { code: 'locked', message: 'The data directory is in use.', exitCode: 1 })
  })

  it('is exit code 4 for a wait that ran out', () => {
    assert.equal(describeError(Object.assign(new Error('slow'), { code: 'timeout' })).exitCode, 4)
  })

  it('is exit code 2 for a node that is not in the testnet, whoever noticed', () => {
    assert.equal(describeError(Object.assign(new Error('no n33'), { code: 'unknown-node' })).exitCode, 2)
  })

  it('says which port is in use', () => {
    const error = Object.assign(new Error('listen'), { code: 'EADDRINUSE', address: '127.0.0.1', port: 7070 })
    assert.match(describeError(error).message, /Port 7070 on 127\.0\.0\.1 is in use/)
  })
})

function assertOneComplaint({ out, err }: Outcome): void {
  assert.equal(out, '')
  assert.match(err, /^error: .+\n(.+\n)?$/)
  assert.doesNotMatch(err, /\n\s+at /)
}
