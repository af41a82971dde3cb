// What a command does when nobody reads its output any more.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { openStreams } from '../../src/cli/streams.ts'

class Stream extends EventEmitter {
  readonly written: string[] = []
  write(text: string): boolean {
    return this.written.push(text) > 0
  }
  fail(code: string): void {
    this.emit('error', Object.assign(new Error(`write ${code}`), { code }))
  }
}

function streams() {
  const [stdout, stderr] = [new Stream(), new Stream()]
  const exits: true[] = []
  const open = openStreams(stdout as never, stderr as never, () => exits.push(true))
  return { stdout, stderr, exits, ...open }
}

describe('output that nobody reads', () => {
  for (const code of ['EPIPE', 'EIO']) {
    it(`ends a command without a word: ${code}`, () => {
      const { stdout, exits, out } = streams()
      stdout.fail(code)
      stdout.fail(code)
      out.write('more')
      assert.deepEqual([exits.length, stdout.written], [1, []])
    })
  }

  it('leaves it to the command that asked to end in order', () => {
    const { stdout, exits, onReaderGone } = streams()
    let told = 0
    const stop = onReaderGone(() => told++)
    stdout.fail('EIO')
    assert.deepEqual([told, exits.length], [1, 0])
    stop()
  })

  it('drops remarks and nothing else when only stderr is gone', () => {
    const { stdout, stderr, exits, out, err } = streams()
    stderr.fail('EPIPE')
    err.write('remark')
    out.write('data')
    assert.deepEqual([exits.length, stderr.written, stdout.written], [0, [], ['data']])
  })

  it('is not what another error means', () => {
    assert.throws(() => streams().stdout.fail('ENOSPC'), /ENOSPC/)
  })
})
