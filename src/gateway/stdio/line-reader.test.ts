import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineReader } from './line-reader.ts'

const texts = (lines: readonly (Uint8Array | null)[]) =>
  lines.map((line) => (line === null ? null : Buffer.from(line).toString()))

test('lines come out however the bytes are cut, without their ends and without empty ones', () => {
  const whole = Buffer.from('{"a":"é"}\r\n\n{"b":1}\n')
  for (let size = 1; size <= whole.length; size += 1) {
    const reader = new LineReader(100)
    const lines: (string | null)[] = []
    for (let at = 0; at < whole.length; at += size)
      lines.push(...texts(reader.push(whole.subarray(at, at + size))))
    assert.deepEqual(
      lines.filter((line) => line !== ''),
      ['{"a":"é"}', '{"b":1}'],
    )
  }
})

test('a line that is too long is reported once, and the next is understood', () => {
  const reader = new LineReader(4)
  assert.deepEqual(texts(reader.push(Buffer.from('123'))), [])
  assert.deepEqual(texts(reader.push(Buffer.from('45678'))), [])
  assert.deepEqual(texts(reader.push(Buffer.from('9\nok\n1234\n'))), [null, 'ok', '1234'])
})
