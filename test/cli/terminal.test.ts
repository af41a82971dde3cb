// The terminal that is drawn on: its keys and its size.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { openTerminal, type Terminal } from '../../src/cli/terminal.ts'

describe('a terminal', () => {
  const stream = (size: { columns?: number; rows?: number }) =>
    Object.assign(new EventEmitter(), { isTTY: true, setRawMode: () => {}, resume: () => {}, pause: () => {}, ...size })
  const open = (input: EventEmitter, output: EventEmitter): Terminal => {
    const terminal = openTerminal(input as unknown as NodeJS.ReadStream, output as unknown as NodeJS.WriteStream)
    assert.ok(terminal !== undefined)
    return terminal
  }

  it('tells keys one by one, however many come at once', () => {
    const input = stream({})
    const keys: string[] = []
    const stop = open(input, stream({})).onKey((key) => keys.push(key))
    input.emit('data', Buffer.from('\u001b[B\u001b[B q'))
    assert.deepEqual(keys, ['\u001b[B', '\u001b[B', ' ', 'q'])
    stop()
    assert.equal(input.listenerCount('data'), 0)
  })

  it('has a size, also where it does not know it', () => {
    const sizes = [{ columns: 100, rows: 30 }, { columns: 0, rows: 0 }, {}].map((size) =>
      open(stream({}), stream(size)).size()
    )
    assert.deepEqual(sizes, [
      { columns: 100, rows: 30 },
      { columns: 80, rows: 24 },
      { columns: 80, rows: 24 }
    ])
  })
})
