/** Attack card, line 34, through the SDK. The kernel's clock is put forward for the one that takes a minute. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../src/kernel/limits.ts'
import type { CallAnswer } from '../../../src/sdk/index.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { failure, silence } from '../../harness/recording-driver.ts'
import { call, inWorld, until } from '../../harness/world.ts'

test('34: the outcome is recorded too: failure, timeout, cancellation, doubt', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob)
    const outcomes: (readonly [string, CallAnswer])[] = []
    const seen = (count: number) =>
      until(() => (world.box.seen.length === count ? true : null), `${count} seen`)

    outcomes.push(['done', await call(bob, 'tools/write', { n: 1 })])
    world.box.behaviour = failure
    outcomes.push(['failed', await call(bob, 'tools/write', { n: 2 })])

    world.box.behaviour = silence
    const late = call(bob, 'tools/write', { n: 3 })
    await seen(3)
    await world.shiftClock(limits.callMs + 1)
    outcomes.push(['timed-out', await late])
    await until(() => (world.box.seen[2]?.signal.aborted === true ? true : null), 'the driver to be told')

    const stop = new AbortController()
    const withdrawn = bob.sdk.call({
      selector: 'tools/write',
      object: 'box',
      arguments: { n: 4 },
      signal: stop.signal,
    })
    await seen(4)
    stop.abort()
    outcomes.push(['cancelled', await withdrawn])

    const doubtful = call(bob, 'tools/write', { n: 5 })
    await seen(5)
    await world.box.detach()
    outcomes.push(['in-doubt', await doubtful])

    for (const [expected, answer] of outcomes) {
      assert.ok(answer.ok, JSON.stringify(answer))
      assert.equal(answer.outcome, expected)
      const recorded = ofKind(world.events(), 'call.settled').filter(({ body }) => body.call === answer.call)
      assert.equal(recorded.length, 1, `${expected}: exactly once`)
      assert.equal(recorded[0]?.body.outcome, expected)
      assert.equal(recorded[0]?.seq, answer.seq, `${expected}: the answer cites its event`)
      assert.equal(recorded[0]?.body.released, false, 'what was dispatched stays consumed')
      if (expected === 'done' || expected === 'failed') assert.notEqual(recorded[0]?.payload, null)
    }
    assert.equal(ofKind(world.events(), 'call.settled').at(1)?.body.reason, 'it broke')

    // And what the kernel's own death leaves behind.
    await world.box.attach(world.kernel)
    const lost = call(bob, 'tools/write', { n: 6 })
    await seen(6)
    await world.crash(bob)
    await assert.rejects(lost, { name: 'ConnectionLost', mayHaveHappened: true })
    const last = ofKind(world.events(), 'call.settled').at(-1)
    assert.deepEqual([last?.body.outcome, last?.body.released], ['in-doubt', false])
    assert.equal(world.box.seen.length, 6)
  }))

test('34: a call that is withdrawn while it ends is answered with what the ledger says', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob)
    await bob.sdk.capabilities()
    const answers = Array.from({ length: 300 }, async (_, n) => {
      const stop = new AbortController()
      const { signal } = stop
      const answer = bob.sdk.call({ selector: 'tools/write', object: 'box', arguments: { n }, signal })
      setTimeout(() => stop.abort(), n / 20)
      return answer
    })
    const told = new Map<number, string>()
    for (const answer of await Promise.all(answers)) {
      if (!answer.ok) {
        // On a busy machine one is withdrawn before it is looked at: then the ledger says nothing of it.
        assert.deepEqual(
          [answer.refusal.code, answer.refusal.seq],
          ['not-found', null],
          JSON.stringify(answer),
        )
      } else if (answer.seq !== 0) told.set(answer.call, `${answer.outcome} ${answer.seq}`)
    }
    const settled = ofKind(world.events(), 'call.settled')
    for (const { seq, body } of settled) assert.equal(told.get(body.call), `${body.outcome} ${seq}`)
    assert.equal(told.size, settled.length)
  }))
