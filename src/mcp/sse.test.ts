import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { SseParser, sseEvent } from './sse.ts'

function read(text: string | readonly Uint8Array[], parser: SseParser = new SseParser()): readonly string[] {
  const events: string[] = []
  for (const chunk of typeof text === 'string' ? [Buffer.from(text)] : text)
    parser.push(chunk, (event) => events.push(`${event.type}:${Buffer.from(event.data).toString()}`))
  return events
}

test('events end at a blank line, whatever the line ending', () => {
  for (const end of ['\n', '\r', '\r\n'])
    assert.deepEqual(read(['data: a', 'data:b', '', 'data: c', '', 'data: unfinished'].join(end)), [
      'message:a\nb',
      'message:c',
    ])
})

test('a stream means the same however it is cut into chunks', () => {
  const text = Buffer.from(
    '\ufeff: hi\r\nevent: note\rid: 7\r\ndata: grüß 世界\r\ndata\n\nretry: 20\n\r\ndata: x\n\n',
  )
  const whole = read([text])
  assert.deepEqual(whole, ['note:grüß 世界\n', 'message:x'])
  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((one, other) => one - other), text.length]
      const parser = new SseParser()
      const chunks = at.slice(1).map((end, index) => text.subarray(at[index], end))
      assert.deepEqual(read(chunks, parser), whole)
      assert.equal(parser.lastEventId, '7')
      assert.equal(parser.retryMs, 20)
    }),
  )
})

test('an id counts once its event is complete, even without data', () => {
  const parser = new SseParser()
  assert.deepEqual(read('id: one\n', parser), [])
  assert.equal(parser.lastEventId, null)
  assert.deepEqual(read('retry: 500\ndata: \n\n', parser), [])
  assert.equal(parser.lastEventId, 'one')
  assert.equal(parser.retryMs, 500)
  read('id: with\0nul\ndata: x\n\nretry: soon\nretry: 5e2\n\n', parser)
  assert.equal(parser.lastEventId, 'one')
  assert.equal(parser.retryMs, 500)
})

test('comments and unknown fields are passed over', () => {
  assert.deepEqual(read(':\n: data: no\nfoo: bar\ndata\ndata\n\n'), ['message:\n'])
})

test('an endless line and an endless event are given up, and the parser stays so', () => {
  for (const piece of ['a', 'data: aaaa\n', ': comment']) {
    const parser = new SseParser(64)
    const events: unknown[] = []
    let accepted = 0
    while (accepted < 200 && parser.push(Buffer.from(piece), (event) => events.push(event))) accepted++
    assert.ok(accepted < 100, piece)
    assert.equal(
      parser.push(Buffer.from('\n\ndata: x\n\n'), (event) => events.push(event)),
      false,
    )
    assert.deepEqual(events, [])
  }
})

test('what is written is what is read', () => {
  assert.equal(sseEvent('{"a":1}'), 'data: {"a":1}\n\n')
  const parser = new SseParser()
  assert.deepEqual(read(sseEvent('one\ntwo\r\nthree', '42'), parser), ['message:one\ntwo\nthree'])
  assert.equal(parser.lastEventId, '42')
})
