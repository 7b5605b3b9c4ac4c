/** Attack card, line 1, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectWire } from '../../../src/wire/client.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('1: after a kill, the killed process’s next action is refused, and every later one, through every surface it ever used', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const eve = await world.agent('eve')
    const granted = await world.grant(bob)
    await world.grant(eve)
    const wire = await world.wire(bob)
    const request = (n: number) =>
      wire.request({ op: 'call', selector: 'tools/write', handle: granted.handle }, Buffer.from(`{"n":${n}}`))
    assert.equal(verdict(await call(bob, 'tools/write', { n: 0 })), 'done')
    assert.equal((await request(1)).kind, 'reply')

    // The order and a stream of requests race: whatever the kernel sees after the kill must not happen.
    const killing = world.operator.must({ do: 'process.kill', process: bob.process, reason: 'misbehaved' })
    const racing = Array.from({ length: 200 }, (_, n) => request(n + 100))
    const killed = (await killing)['seq'] as number
    const answers = await Promise.all(racing)
    for (const answer of answers) {
      if (answer.kind === 'reply') assert.ok((answer.header['seq'] as number) < killed + 400)
      if (answer.kind === 'refusal') assert.equal(answer.refusal.code, 'killed')
    }
    await wire.closed
    await bob.sdk.closed
    await assert.rejects(call(bob, 'tools/write', { n: 2 }), { name: 'ConnectionLost' })
    await assert.rejects(world.attach(bob.token), { name: 'ConnectionLost' }, 'through the SDK')
    const again = await connectWire(world.home.socket('agent'), { token: bob.token })
    assert.equal(again.ok ? 'ok' : again.error.reason, 'turned-away', 'on the wire')
    await world.fence()
    const seen = world.box.seen.length

    await world.crash(eve)
    await assert.rejects(world.attach(bob.token), { name: 'ConnectionLost' }, 'after a restart')
    assert.equal(verdict(await call(eve, 'tools/write', { eve: 1 })), 'done', 'others are untouched')
    await world.fence()
    assert.deepEqual(world.box.bodies.slice(seen), ['{"eve":1}'])

    const events = world.events()
    const after = ofKind(events, 'call.admitted').filter(
      ({ seq, body }) => seq > killed && body.process === bob.process,
    )
    assert.deepEqual(after, [], 'nothing of it is admitted after the kill')
    assert.equal(ofKind(events, 'process.killed').at(0)?.body.reason, 'misbehaved')
    const admitted = ofKind(events, 'call.admitted').filter(({ body }) => body.process === bob.process)
    const ofBob = world.box.seen.filter(({ body }) => !body.includes('eve')).length
    assert.ok(ofBob <= admitted.length, 'the driver saw nothing that was not recorded')
  }))
