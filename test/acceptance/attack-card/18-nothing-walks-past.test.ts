/** Attack card, line 18, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('18: no state edit, resume or retry walks past a pending approval; an attempt is recorded', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const asking = await world.grant(bob, { selectors: ['tools/send'], ask: true })
    const first = call(bob, 'tools/send', { n: 1 })
    const [shown] = await world.held()
    assert.ok(shown)

    // Retried by every designation, on another attachment, and after giving up: still one held call.
    const wire = await world.wire(bob)
    const bytes = Buffer.from('{"n":1}')
    const retries = [
      wire.request({ op: 'call', selector: 'tools/send', handle: asking.handle }, bytes),
      wire.request({ op: 'call', selector: 'tools/send', object: world.object }, bytes),
    ]
    const stop = new AbortController()
    const cancelled = wire.request({ op: 'call', selector: 'tools/send', handle: asking.handle }, bytes, {
      signal: stop.signal,
    })
    // Answered after it was looked at: what is withdrawn before leaves no trace.
    await wire.request({ op: 'capabilities' })
    stop.abort()
    const answer = await cancelled
    assert.equal(answer.kind === 'reply' && answer.header['outcome'], 'cancelled')
    assert.deepEqual(
      (await world.held()).map(({ digest }) => digest),
      [shown.digest],
    )

    // Attempts to get past it are refused and recorded: a narrower child asks too, an agent decides nothing.
    const child = await bob.sdk.derive(asking.handle, { uses: 1 })
    assert.ok(child.ok)
    const { handle } = child.value
    const byChild = bob.sdk.call({ selector: 'tools/send', handle, arguments: { n: 2 } }).catch(() => null)
    await world.held(2)
    const before = world.events().length
    for (const op of ['approve', 'order', 'resume', 'settle', 'call.approve']) {
      const attempt = await wire.request(
        { op, call: shown.call, digest: shown.digest, outcome: 'done' },
        bytes,
      )
      assert.equal(attempt.kind === 'refusal' && attempt.refusal.code, 'bad-request')
    }
    const forged = await world.operator.order(
      { do: 'call.approve', call: shown.call, digest: shown.digest, comment: '' },
      { operator: bob.process },
    )
    assert.equal(forged.kind === 'refusal' && forged.refusal.code, 'signature-invalid')
    const since = world.events(before + 1)
    assert.equal(ofKind(since, 'syscall.refused').length, 5)
    assert.equal(ofKind(since, 'order.refused').length, 1)

    // Restarted after a crash, and halted and resumed: it is still pending.
    await world.kernel.kill()
    const lost = await Promise.all([...retries, first.catch(() => null), byChild])
    assert.ok(lost.every((answer) => answer === null || ('kind' in answer && answer.kind === 'lost')))
    await world.start({ halt: { requestedAt: Date.now(), requestedBy: 'test', reason: 'a drill' } }, false)
    bob.sdk = await world.attach(bob.token)
    assert.equal(verdict(await call(bob, 'tools/send', { n: 1 }, world.object)), 'halted')
    await world.operator.must({ do: 'domain.resume' })
    await world.box.attach(world.kernel)
    const resumed = call(bob, 'tools/send', { n: 1 })
    assert.equal((await world.held(2)).filter(({ digest }) => digest === shown.digest).length, 1)
    await world.fence()
    assert.deepEqual(world.box.seen, [], 'nothing has run')

    await world.operator.must({ do: 'call.deny', call: shown.call, digest: shown.digest, comment: '' })
    assert.equal(verdict(await resumed), 'approval-denied')
    assert.equal(ofKind(world.events(), 'call.held').length, 2)
  }))
