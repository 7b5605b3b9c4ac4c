import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fault } from '../base/fault.ts'
import type { JsonObject } from '../base/json.ts'
import type { Answer } from './answer.ts'
import type { Frame } from './frame.ts'
import { noBody } from './frame.ts'
import { acceptor, frame, setUp } from '../../test/harness/peer-on-tape.ts'

test('when the stream ends, requests that left are lost and the others are known to be unsent', () => {
  const setup = acceptor()
  const answers: string[] = []
  setup.peer.request({}, noBody, ({ kind }) => answers.push(`first ${kind}`))
  setup.flush()
  setup.peer.request({}, noBody, ({ kind }) => answers.push(`second ${kind}`))
  setup.peer.transportClosed()
  setup.flush()
  assert.deepEqual(answers, ['first lost', 'second unsent'])
  assert.deepEqual(
    setup.ends.map(({ cause }) => cause),
    ['transport'],
  )
  assert.equal(setup.tape.frames().length, 1)
})

test('after a violation nothing that waited is sent but the goodbye', () => {
  const setup = acceptor()
  const answers: string[] = []
  setup.peer.request({}, noBody, ({ kind }) => answers.push(kind))
  setup.peer.receive(frame('reply', 77))
  assert.deepEqual(answers, ['unsent'])
  assert.deepEqual(
    setup.tape.frames().map(({ kind }) => kind),
    ['goodbye'],
  )
})

test('our goodbye follows what was made before it', () => {
  const setup = acceptor()
  setup.peer.receive(frame('request', 1))
  setup.peer.reply(1, {})
  setup.peer.goodbye('done', 'enough')
  assert.deepEqual(
    setup.tape.frames().map(({ kind }) => kind),
    ['reply', 'goodbye'],
  )
  assert.equal(setup.tape.closed, 1)
  assert.deepEqual(setup.ends, [{ cause: 'closed', reason: 'done' }])
  setup.peer.goodbye('again')
  setup.peer.transportClosed()
  setup.peer.receive(frame('request', 2))
  assert.equal(setup.ends.length, 1)
  assert.equal(setup.tape.closed, 1)
})

test('their goodbye ends everything and is not answered', () => {
  const setup = acceptor()
  const answers: Answer[] = []
  setup.peer.request({}, noBody, (answer) => answers.push(answer))
  setup.flush()
  setup.tape.frames()
  setup.peer.receive(frame('goodbye', 0, { reason: 'done', message: 'x'.repeat(1_000) }))
  assert.equal(answers[0]?.kind, 'lost')
  assert.equal(setup.ends[0]?.cause, 'goodbye')
  assert.ok((setup.ends[0]?.reason.length ?? 999) <= 300)
  assert.deepEqual(setup.tape.frames(), [])
})

test('a peer that does not read is given up, and what it would not read is dropped', () => {
  const setup = acceptor({ maxBufferedBytes: 1_000 })
  const answers: string[] = []
  setup.tape.buffered = 900
  setup.peer.request({}, Buffer.alloc(200), ({ kind }) => answers.push(kind))
  setup.flush()
  assert.deepEqual(answers, ['unsent'])
  assert.deepEqual(
    setup.tape.frames().map(({ header }) => header['reason']),
    ['backlog'],
  )
  assert.equal(setup.ends[0]?.cause, 'violation')
})

test('a handler may end the connection in the middle of a chunk, and hears no more of it', () => {
  const setup = acceptor()
  setup.log.push = (line: string) => {
    Array.prototype.push.call(setup.log, line)
    setup.peer.goodbye('enough')
    return 0
  }
  setup.peer.receive(Buffer.concat([frame('request', 1), frame('request', 2), frame('reply', 99)]))
  assert.deepEqual([...setup.log], ['request 1 {}'])
  assert.deepEqual(setup.ends, [{ cause: 'closed', reason: 'enough' }])
})

test('any sequence of frames leaves a peer open or ended once, with bounded books', () => {
  const kinds = fc.constantFrom<Frame['kind']>(
    'hello',
    'welcome',
    'goodbye',
    'request',
    'request',
    'reply',
    'refusal',
    'cancel',
    'notice',
  )
  const headers = fc.constantFrom<JsonObject>(
    {},
    { protocol: 1, credit: 3 },
    { code: 'c', message: 'm', needed: 'n', seq: 1 },
  )
  const step = fc.oneof(
    fc.record({ kind: kinds, correlation: fc.integer({ min: 1, max: 4 }), header: headers }),
    fc.constantFrom('ask', 'answer', 'flush'),
  )
  fc.assert(
    fc.property(
      fc.constantFrom('acceptor', 'connector'),
      fc.array(step, { maxLength: 40 }),
      (side, steps) => {
        const setup = setUp(side, { credit: 2 })
        const asked: number[] = []
        let answered = 0
        setup.peer.receive(side === 'acceptor' ? frame('hello', 0, { protocol: 1 }) : noBody)
        if (side === 'acceptor') setup.peer.welcome({})
        else setup.peer.hello({})
        for (const one of steps) {
          if (one === 'flush') setup.flush()
          else if (one === 'answer') {
            const correlation = Number(
              setup.log.findLast((line) => line.startsWith('request'))?.split(' ')[1] ?? 0,
            )
            if (setup.peer.unanswered > 0) {
              try {
                setup.peer.reply(correlation, {})
              } catch (error) {
                assert.ok(error instanceof Fault)
              }
            }
          } else if (one === 'ask') {
            const correlation = setup.peer.request({}, noBody, () => answered++)
            if (correlation !== null) asked.push(correlation)
          } else {
            const isGreeting = one.kind === 'hello' || one.kind === 'welcome' || one.kind === 'goodbye'
            setup.peer.receive(frame(one.kind, isGreeting ? 0 : one.correlation, one.header))
          }
          assert.ok(setup.peer.unanswered <= 2)
        }
        setup.peer.transportClosed()
        assert.equal(setup.ends.length, 1)
        assert.equal(answered, asked.length)
        assert.equal(setup.peer.phase, 'closed')
      },
    ),
    { numRuns: 1_500 },
  )
})
