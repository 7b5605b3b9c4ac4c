import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { LineWriter } from './line-writer.ts'

/** A pipe that remembers each write, and takes more only when `isRead`. */
function pipeTo(writes: string[], isRead = true): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, taken) {
      writes.push(Buffer.from(chunk).toString())
      if (isRead) taken()
    },
  })
}

const patient = { maxUnreadBytes: 1_000_000, onUnread: () => assert.fail('everything is read') }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a lone message leaves before the event loop turns', async () => {
  const writes: string[] = []
  const lines = new LineWriter(pipeTo(writes), patient)
  lines.write(Buffer.from('{"a":1}'))
  await turn()
  assert.deepEqual(writes, ['{"a":1}\n'])
})

test('what one turn makes leaves in one write, in order, however many promises were waited for', async () => {
  const writes: string[] = []
  const lines = new LineWriter(pipeTo(writes), patient)
  const later = async (text: string, waits: number): Promise<void> => {
    for (let at = 0; at < waits; at++) await Promise.resolve()
    lines.write(Buffer.from(text))
  }
  await Promise.resolve()
  await Promise.all([later('one', 1), later('two', 1), later('three', 2), later('four', 5)])
  await turn()
  assert.deepEqual(writes, ['one\ntwo\nthree\nfour\n'])
  lines.write(Buffer.from('next'))
  await turn()
  assert.equal(writes[1], 'next\n')
})

test('much of one turn does not wait for its end', () => {
  const writes: string[] = []
  const lines = new LineWriter(pipeTo(writes), patient)
  lines.write(Buffer.alloc(65_536, 'x'))
  assert.equal(writes.length, 1)
  lines.write(Buffer.from('rest'))
  assert.equal(writes.length, 1)
  lines.flush()
  assert.equal(writes.join(''), `${'x'.repeat(65_536)}\nrest\n`)
})

test('a reader that does not read is told of, and never from within the write', async () => {
  let told = 0
  const options = { maxUnreadBytes: 100_000, onUnread: () => void told++ }
  const lines = new LineWriter(pipeTo([], false), options)
  lines.write(Buffer.alloc(90_000))
  await turn()
  assert.equal(told, 0)
  lines.write(Buffer.alloc(90_000))
  assert.equal(told, 0)
  await turn()
  assert.equal(told, 1)
})

test('nothing is written to a pipe that is gone', async () => {
  const writes: string[] = []
  const pipe = pipeTo(writes)
  const lines = new LineWriter(pipe, patient)
  lines.write(Buffer.from('late'))
  pipe.destroy()
  await turn()
  assert.deepEqual(writes, [])
})
