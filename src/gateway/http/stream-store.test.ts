import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isListeningEvent, StreamStore } from './stream-store.ts'

const ann = { session: 's1', agent: 'ann' }
const bob = { session: 's2', agent: 'bob' }

test('an event is known in its own session only, and only if there was one', () => {
  const store = new StreamStore()
  const stream = store.open(ann, 'answer')
  stream.send('"one"')
  assert.deepEqual(store.find('s1', `${stream.id}.1`), { stream, after: 1 })
  assert.deepEqual(store.find('s1', `${stream.id}.0`), { stream, after: 0 })
  assert.equal(store.find('s2', `${stream.id}.1`), null)
  for (const made of [
    '',
    '0',
    stream.id,
    `${stream.id}.2`,
    `${stream.id}.-1`,
    `${stream.id}.1 `,
    `x${stream.id}.1`,
  ])
    assert.equal(store.find('s1', made), null, made)
})

test('a stream that ended can be fetched for a while, a listening one begins anew', () => {
  const store = new StreamStore({ keepMs: 1000 })
  const [answer, listening] = [store.open(ann, 'answer'), store.open(ann, 'listening')]
  for (const stream of [answer, listening]) {
    stream.send('"one"')
    stream.end()
  }
  assert.ok(store.find('s1', `${answer.id}.0`) !== null)
  assert.equal(store.find('s1', `${listening.id}.0`), null)
  assert.deepEqual([isListeningEvent(`${listening.id}.0`), isListeningEvent(`${answer.id}.0`)], [true, false])
  store.sweep(Date.now() + 1000)
  assert.equal(store.find('s1', `${answer.id}.0`), null)
  assert.equal(store.bytes, 0)
})

test('with a session everything of it is forgotten, and nothing else', () => {
  const store = new StreamStore()
  const other = store.open({ ...ann, session: 's3' }, 'answer')
  const [live, ended] = [store.open(ann, 'answer'), store.open(ann, 'answer')]
  ended.end()
  store.forgetSession(ann)
  assert.ok(live.isEnded)
  for (const { id } of [live, ended]) assert.equal(store.find('s1', `${id}.0`), null)
  assert.ok(store.find('s3', `${other.id}.0`) !== null)
  live.send('"late"')
  other.end()
  store.forgetSession({ ...ann, session: 's3' })
  assert.equal(store.bytes, 0)
})

test('whoever fills the memory loses their own oldest first, whatever others keep', () => {
  const store = new StreamStore({ allBytes: 100_000 })
  const his = store.open(bob, 'answer')
  his.send(`"${'b'.repeat(10_000)}"`)
  his.end()
  const hers = Array.from({ length: 50 }, () => {
    const stream = store.open(ann, 'answer')
    stream.send(`"${'a'.repeat(10_000)}"`)
    stream.end()
    assert.ok(store.bytes <= 100_000)
    return stream
  })
  assert.ok(store.find('s2', `${his.id}.0`) !== null)
  assert.equal(store.find('s1', `${hers[0]?.id}.0`), null)
  assert.ok(store.find('s1', `${hers.at(-1)?.id}.0`) !== null)
})

test('streams that go on lose what is kept of them before memory runs out, and go on', () => {
  const store = new StreamStore({ allBytes: 50_000 })
  const streams = Array.from({ length: 20 }, () => store.open(ann, 'answer'))
  for (const stream of streams) stream.send(`"${'a'.repeat(10_000)}"`)
  assert.ok(store.bytes <= 50_000)
  for (const stream of streams) assert.deepEqual(store.find('s1', `${stream.id}.1`), { stream, after: 1 })
})
