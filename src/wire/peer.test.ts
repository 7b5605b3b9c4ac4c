import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/fault.ts'
import type { Answer } from './answer.ts'
import { noBody } from './frame.ts'
import { acceptor, frame, goodbyeOf, setUp } from '../../test/harness/peer-on-tape.ts'

test('a greeting opens both sides, and states the credit', () => {
  const left = setUp('connector', { credit: 3 })
  const right = setUp('acceptor', { credit: 5 })
  left.peer.hello({ token: 't' })
  left.flush()
  for (const bytes of left.tape.writes.splice(0)) right.peer.receive(bytes)
  assert.deepEqual(right.log, ['hello {"token":"t","protocol":1,"credit":3}'])
  assert.equal(right.peer.phase, 'greeting')
  right.peer.welcome({ agent: 7 })
  assert.equal(right.peer.available, 3)
  right.flush()
  for (const bytes of right.tape.writes.splice(0)) left.peer.receive(bytes)
  assert.deepEqual(left.log, ['welcome {"agent":7,"protocol":1,"credit":5}'])
  assert.equal(left.peer.phase, 'open')
  assert.equal(left.peer.available, 5)
})

test('nothing may be asked before the greeting is complete', () => {
  const { peer } = setUp('connector')
  assert.equal(
    peer.request({}, noBody, () => assert.fail()),
    null,
  )
  peer.hello({})
  assert.equal(
    peer.request({}, noBody, () => assert.fail()),
    null,
  )
  assert.equal(peer.notice(0, {}), false)
})

test('frames out of turn in the greeting are violations', () => {
  for (const first of [
    frame('welcome', 0, { protocol: 1, credit: 1 }),
    frame('request', 1),
    frame('cancel', 1),
    frame('notice', 0),
  ]) {
    const setup = setUp('acceptor')
    setup.peer.receive(first)
    assert.equal(goodbyeOf(setup), 'handshake')
    assert.equal(setup.tape.closed, 1)
    assert.deepEqual(setup.log, [])
  }
  const early = setUp('acceptor')
  early.peer.receive(Buffer.concat([frame('hello', 0, { protocol: 1 }), frame('request', 1)]))
  assert.equal(goodbyeOf(early), 'handshake')
  const again = acceptor()
  again.peer.receive(frame('hello', 0, { protocol: 1 }))
  assert.equal(goodbyeOf(again), 'handshake')
  const unasked = setUp('connector')
  unasked.peer.receive(frame('welcome', 0, { protocol: 1, credit: 1 }))
  assert.equal(goodbyeOf(unasked), 'handshake')
})

test('another protocol or a senseless credit is a violation', () => {
  for (const protocol of [0, 2, '1', null]) {
    const setup = setUp('acceptor')
    setup.peer.receive(frame('hello', 0, { protocol }))
    assert.equal(goodbyeOf(setup), 'version')
  }
  for (const credit of [-1, 1.5, 65_536, '1', {}]) {
    const setup = setUp('acceptor')
    setup.peer.receive(frame('hello', 0, { protocol: 1, credit }))
    assert.equal(goodbyeOf(setup), 'header')
  }
  const silent = setUp('connector')
  silent.peer.hello({})
  silent.peer.receive(frame('welcome', 0, { protocol: 1 }))
  assert.equal(goodbyeOf(silent), 'header')
})

test('requests are answered in any order, each to whoever asked', () => {
  const setup = acceptor()
  const answers: [string, Answer][] = []
  const first = setup.peer.request({ op: 'a' }, Buffer.from('x'), (answer) => answers.push(['first', answer]))
  const second = setup.peer.request({ op: 'b' }, noBody, (answer) => answers.push(['second', answer]))
  assert.deepEqual([first, second], [1, 2])
  setup.flush()
  assert.deepEqual(
    setup.tape.frames().map(({ kind, correlation }) => `${kind} ${correlation}`),
    ['request 1', 'request 2'],
  )
  const no = { code: 'not-held', message: 'm', needed: 'n', seq: null }
  setup.peer.receive(
    Buffer.concat([frame('refusal', 2, no), frame('reply', 1, { seq: 4 }, Buffer.from('result'))]),
  )
  assert.deepEqual(
    answers.map(([who, answer]) => [who, answer.kind]),
    [
      ['second', 'refusal'],
      ['first', 'reply'],
    ],
  )
  assert.deepEqual(answers[0]?.[1], { kind: 'refusal', refusal: no })
  assert.equal(setup.peer.available, 2)
})

test('their requests are told once and answered once', () => {
  const setup = acceptor()
  setup.peer.receive(Buffer.concat([frame('request', 9, { op: 'a' }), frame('request', 4, { op: 'b' })]))
  assert.deepEqual(setup.log, ['request 9 {"op":"a"}', 'request 4 {"op":"b"}'])
  assert.equal(setup.peer.reply(4, { seq: 1 }, Buffer.from('r')), true)
  assert.equal(
    setup.peer.refuse(9, { code: 'c', message: 'm'.repeat(5_000), needed: '\ud800', seq: null }),
    true,
  )
  assert.throws(() => setup.peer.reply(4, {}), Fault)
  setup.flush()
  const [reply, refusal] = setup.tape.frames()
  assert.equal(Buffer.from(reply?.body ?? noBody).toString(), 'r')
  assert.equal(refusal?.header['message'], 'm'.repeat(1_024))
  assert.equal(refusal?.header['needed'], '\ufffd')
  assert.equal(setup.peer.unanswered, 0)
})

test('a correlation may be used again after its answer and not before', () => {
  const setup = acceptor()
  setup.peer.receive(frame('request', 9))
  setup.peer.reply(9, {})
  setup.peer.receive(frame('request', 9))
  assert.equal(setup.ends.length, 0)
  setup.peer.receive(frame('request', 9))
  assert.equal(goodbyeOf(setup), 'correlation')
})

test('more requests than credit end the connection', () => {
  const setup = acceptor({ credit: 2 })
  setup.peer.receive(
    Buffer.concat([frame('request', 1), frame('request', 2), frame('request', 3), frame('request', 4)]),
  )
  assert.deepEqual(setup.log, ['request 1 {}', 'request 2 {}'])
  assert.equal(goodbyeOf(setup), 'credit')
  assert.equal(setup.peer.reply(1, {}), false)
})

test('our own requests stop at their credit', () => {
  const setup = acceptor({ theirs: 1 })
  assert.equal(
    setup.peer.request({}, noBody, () => {}),
    1,
  )
  assert.equal(
    setup.peer.request({}, noBody, () => assert.fail()),
    null,
  )
  setup.peer.receive(frame('reply', 1))
  assert.equal(
    setup.peer.request({}, noBody, () => {}),
    2,
  )
})

test('an answer to nothing that was asked ends the connection', () => {
  for (const unasked of [
    frame('reply', 1),
    frame('refusal', 1, { code: 'c', message: '', needed: '', seq: null }),
    frame('notice', 1),
  ]) {
    const setup = acceptor()
    setup.peer.receive(unasked)
    assert.equal(goodbyeOf(setup), 'unasked')
  }
  const twice = acceptor()
  twice.peer.request({}, noBody, () => {})
  twice.peer.receive(Buffer.concat([frame('reply', 1), frame('reply', 1)]))
  assert.equal(twice.ends[0]?.cause, 'violation')
})

test('a refusal must say what a refusal says', () => {
  for (const header of [
    {},
    { code: 'c' },
    { code: 1, message: '', needed: '', seq: null },
    { code: 'c', message: '', needed: '', seq: 0 },
  ]) {
    const setup = acceptor()
    setup.peer.request({}, noBody, () => {})
    setup.peer.receive(frame('refusal', 1, header))
    assert.equal(goodbyeOf(setup), 'header')
  }
})

test('a cancel is told while the request is open and ignored when it crossed the answer', () => {
  const setup = acceptor()
  setup.peer.receive(
    Buffer.concat([frame('request', 1), frame('cancel', 1), frame('cancel', 1), frame('cancel', 5)]),
  )
  assert.deepEqual(setup.log, ['request 1 {}', 'cancel 1', 'cancel 1'])
  setup.peer.reply(1, {})
  setup.peer.receive(frame('cancel', 1))
  assert.equal(setup.ends.length, 0)
})

test('our cancel is sent only for an open request, which is still answered', () => {
  const setup = acceptor()
  const answers: Answer[] = []
  setup.peer.request({}, noBody, (answer) => answers.push(answer))
  setup.peer.cancel(1)
  setup.peer.cancel(2)
  setup.flush()
  assert.deepEqual(
    setup.tape.frames().map(({ kind }) => kind),
    ['request', 'cancel'],
  )
  assert.deepEqual(answers, [])
  setup.peer.receive(frame('reply', 1))
  setup.peer.cancel(1)
  setup.flush()
  assert.deepEqual(setup.tape.frames(), [])
  assert.equal(answers.length, 1)
})

test('notices about requests reach whoever asked, and are not sent once it was answered', () => {
  const setup = acceptor()
  setup.peer.receive(Buffer.concat([frame('request', 1), frame('notice', 0, { event: 'hi' })]))
  assert.equal(setup.peer.notice(1, { event: 'held' }), true)
  setup.peer.reply(1, {})
  assert.equal(setup.peer.notice(1, { event: 'late' }), false)
  assert.equal(setup.peer.notice(0, { event: 'any' }), true)
  setup.flush()
  assert.deepEqual(
    setup.tape.frames().map(({ kind, correlation }) => `${kind} ${correlation}`),
    ['notice 1', 'reply 1', 'notice 0'],
  )
  setup.peer.request({}, noBody, () => {})
  setup.peer.receive(frame('notice', 1, { event: 'progress' }))
  assert.deepEqual(setup.log.slice(1), ['notice 0 {"event":"hi"}', 'notice 1 {"event":"progress"}'])
})

test('what one turn makes leaves in one write', () => {
  const setup = acceptor({ credit: 50 })
  for (let n = 1; n <= 50; n++) setup.peer.receive(frame('request', n))
  for (let n = 1; n <= 50; n++) setup.peer.reply(n, { seq: n })
  assert.equal(setup.tape.writes.length, 0)
  setup.flush()
  assert.equal(setup.tape.writes.length, 1)
  assert.equal(setup.tape.frames().length, 50)
})

test('a correlation in use is never given to another request', () => {
  const setup = acceptor({ theirs: 65_535 })
  const held = setup.peer.request({}, noBody, () => {})
  for (let n = 0; n < 1_000; n++) {
    const correlation = setup.peer.request({}, noBody, () => {})
    assert.ok(correlation !== null && correlation !== held)
    setup.peer.receive(frame('reply', correlation))
  }
})
