// starling key: new, show.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { keyPairFromSecret } from '../../crypto/index.ts'
import { toHex } from '../../wire/index.ts'
import { answer, type Cli, type JsonOption } from '../context.ts'
import { examples } from '../help.ts'
import { type KeyFormat, readKeyFile, writeKeyFile } from '../keys.ts'
import { pairs } from '../output.ts'

const SECRET_BYTES = 32

interface NewFlags extends JsonOption {
  readonly format: KeyFormat
  readonly force?: boolean
}

export function registerKey(program: Command, cli: Cli): void {
  const key = program.command('key').description('key files')

  const create = key
    .command('new <file>')
    .description('make a key and write it to a file that only you can read')
    .addOption(new Option('--format <format>', 'form of the file').choices(['json', 'hex']).default('json'))
    .option('--force', 'replace the file if it exists')
    .option('--json', 'data and nothing else on stdout')
  examples(create, 'key new my.key').action((file: string, flags: NewFlags) => {
    const made = keyPairFromSecret(cli.entropy.bytes(SECRET_BYTES))
    const path = resolve(cli.cwd, file)
    writeKeyFile(path, made, flags.format, flags.force === true)
    const address = toHex(made.publicKey)
    answer(cli, flags, { address, file: path }, () =>
      pairs(
        [
          ['address', address],
          ['file', path]
        ],
        cli.paint
      )
    )
  })

  const show = key
    .command('show <file>')
    .description("a key file's address; its secret is never printed")
    .option('--json', 'data and nothing else on stdout')
  examples(show, 'key show my.key').action((file: string, flags: JsonOption) => {
    const address = toHex(readKeyFile(resolve(cli.cwd, file)).publicKey)
    answer(cli, flags, { address }, () => `${address}\n`)
  })
}
