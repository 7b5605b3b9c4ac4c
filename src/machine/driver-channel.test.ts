/** A driver's channel: what leaves, when, and what is known of what did not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DriverId, Instant, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { Peer } from '../wire/peer.ts'
import type { Place } from '../kernel/schedule/place.ts'
import { ordinaryShare } from '../kernel/schedule/share.ts'
import type { Departure, DriverAnswer } from './departure.ts'
import { DriverChannel, hungAfterMs } from './driver-channel.ts'

function alone(process: ProcessId): Place {
  return { tree: process, treeShare: ordinaryShare, share: ordinaryShare, isFrozen: false }
}

/** A channel and an adapter that takes one call at a time, joined without a socket. */
function attached(credit = 1, unread = () => 0) {
  const served: number[] = []
  const cancelled: number[] = []
  const places = new Map<ProcessId, Place>()
  let time = 0
  const scheduleFlush = (flush: () => void): void => flush()
  const transport = (other: () => Peer) => ({
    write: (bytes: Uint8Array) => (other().receive(bytes), true),
    close: () => undefined,
    bufferedBytes: unread,
  })
  const kernel: Peer = new Peer({
    side: 'acceptor',
    credit: 0,
    scheduleFlush,
    handler: {},
    transport: transport(() => adapter),
  })
  const adapter: Peer = new Peer({
    side: 'connector',
    credit,
    scheduleFlush,
    transport: transport(() => kernel),
    handler: {
      onRequest: (correlation) => void served.push(correlation),
      onCancel: (correlation) => void cancelled.push(correlation),
    },
  })
  adapter.hello({})
  kernel.welcome({})
  const offer = { definitions: new Map(), digests: new Map() }
  const channel = new DriverChannel({
    peer: kernel,
    driver: id<DriverId>(2),
    incarnation: 1,
    offer,
    now: () => id<Instant>(time),
    placeOf: (process) => places.get(process) ?? alone(process),
  })
  const answer = (correlation: number) => adapter.reply(correlation, { outcome: 'done' })
  const pass = (ms: number) => {
    time += ms
  }
  return { channel, kernel, places, served, cancelled, answer, pass }
}

function departure(changed: Partial<Departure> = {}): Departure & { readonly answers: DriverAnswer[] } {
  const answers: DriverAnswer[] = []
  return {
    process: id<ProcessId>(9),
    deadline: id<Instant>(0),
    header: { op: 'dispatch' },
    bytes: new Uint8Array(0),
    mayLeave: () => true,
    onAnswer: (answer) => void answers.push(answer),
    ...changed,
    answers,
  }
}

test('a call that waited for credit gets its last look when it leaves, not when it was handed over', () => {
  const { channel, served, answer } = attached()
  let mayLeave = true
  channel.dispatch(departure())
  const waiting = departure({ mayLeave: () => mayLeave })
  const after = departure()
  channel.dispatch(waiting)
  channel.dispatch(after)
  mayLeave = false
  answer(served[0] ?? 0)
  assert.equal(served.length, 2, 'the one behind it went instead')
  answer(served[1] ?? 0)
  assert.equal(waiting.answers.length, 0)
  assert.equal(after.answers[0]?.kind, 'answered')
})

test('a call withdrawn after its turn came is cancelled at the driver', () => {
  const { channel, served, cancelled, answer } = attached()
  channel.dispatch(departure())
  const withdraw = channel.dispatch(departure())
  answer(served[0] ?? 0)
  withdraw()
  assert.deepEqual(cancelled, [served[1]])
})

test('a call withdrawn while it waits never leaves', () => {
  const { channel, served, answer } = attached()
  channel.dispatch(departure())
  const withdraw = channel.dispatch(departure())
  withdraw()
  answer(served[0] ?? 0)
  assert.equal(served.length, 1)
})

test('an adapter is hung when a withdrawn call stays unanswered, and not when its answer crossed', () => {
  const { channel, served, answer, pass } = attached()
  const withdrawAnswered = channel.dispatch(departure())
  answer(served[0] ?? 0)
  withdrawAnswered()
  pass(hungAfterMs)
  assert.equal(channel.isHung, false)
  channel.dispatch(departure())()
  pass(hungAfterMs)
  assert.equal(channel.isHung, true)
})

test('what waited for credit when the connection ended provably never left', () => {
  const { channel, kernel } = attached()
  const [sent, waiting] = [departure(), departure()]
  channel.dispatch(sent)
  channel.dispatch(waiting)
  kernel.transportClosed()
  channel.closed()
  assert.deepEqual(sent.answers, [{ kind: 'lost' }])
  assert.deepEqual(waiting.answers, [{ kind: 'unsent' }])
})

test('however many calls hang in one process’s name, the next process’s first call leaves', () => {
  const { channel, kernel, served, answer } = attached(64)
  for (let greedy = 10; greedy < 15; greedy++) {
    for (let n = 0; n < 100; n++) channel.dispatch(departure({ process: id<ProcessId>(greedy) }))
  }
  assert.ok(kernel.available > 0, 'five of them leave something')
  const before = served.length
  const modest = departure({ process: id<ProcessId>(20) })
  channel.dispatch(modest)
  assert.equal(served.length, before + 1)
  answer(served.at(-1) ?? 0)
  assert.equal(modest.answers.length, 1)
  for (let at = 0; at < served.length; at++) if (at !== before) answer(served[at] ?? 0)
  assert.equal(served.length, 501, 'and all of them leave in the end')
})

test('a process that asks for lists without end leaves an adapter to others', () => {
  const { channel, kernel, served, answer } = attached(64)
  const [greedy, modest] = [id<ProcessId>(10), departure({ process: id<ProcessId>(20) })]
  const heard: string[] = []
  const list = () => channel.list(greedy, { what: 'resources' }, ({ kind }) => void heard.push(kind))
  while (list() !== null);
  assert.ok(kernel.available >= 32)
  channel.dispatch(departure({ process: greedy }))
  channel.dispatch(modest)
  const before = served.length
  assert.equal(before, 23, 'its calls wait with its lists, and those of others do not')
  for (let at = 0; at < served.length; at++) answer(served[at] ?? 0)
  assert.equal(heard.length, 22)
  assert.equal(served.length, 24)
  assert.notEqual(list(), null)
})

test('calls wait while the adapter leaves too much unread, and leave when it has read', () => {
  let unread = 8 * 1024 * 1024
  const { channel, served } = attached(8, () => unread)
  channel.dispatch(departure())
  assert.equal(served.length, 0)
  unread = 0
  channel.sendNext()
  assert.equal(served.length, 1)
})
