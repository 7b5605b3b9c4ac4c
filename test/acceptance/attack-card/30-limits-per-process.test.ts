/** Attack card, line 30, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../src/kernel/limits.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { silence } from '../../harness/recording-driver.ts'
import { call, inWorld, until, verdict } from '../../harness/world.ts'

test('30: limits are per process; one cannot spend another’s', () =>
  inWorld(async (world) => {
    const greedy = await world.agent('greedy')
    const modest = await world.agent('modest')
    await world.box.detach()
    await world.box.attach(world.kernel, 16_384)
    const caveats = { selectors: ['tools/write'], rate: { count: 3, perMs: 600_000 }, uses: 3 }
    for (const actor of [greedy, modest]) {
      await world.grant(actor, caveats)
      await world.grant(actor, { selectors: ['tools/send'], ask: true })
      await world.grant(actor, { selectors: ['tools/read'] })
    }

    // Rates and uses.
    for (let n = 0; n < 3; n++) assert.equal(verdict(await call(greedy, 'tools/write', { n })), 'done')
    assert.equal(verdict(await call(greedy, 'tools/write', {})), 'exhausted')
    assert.equal(verdict(await call(modest, 'tools/write', {})), 'done')

    // Held calls.
    const held = Array.from({ length: limits.heldPerProcess + 1 }, (_, n) =>
      call(greedy, 'tools/send', { n }),
    )
    assert.equal(verdict(await (held.at(-1) as Promise<never>)), 'limit')
    const waiting = call(modest, 'tools/send', { modest: 1 })
    await world.held(limits.heldPerProcess + 1)

    // Calls in flight: one more than fits, on two connections because each has a credit of as many.
    world.box.behaviour = silence
    const [one, two] = [await world.wire(greedy), await world.wire(greedy)]
    const park = (wire: typeof one) =>
      wire.request({ op: 'call', selector: 'tools/read', object: world.object }, Buffer.from('{}'))
    const seen = world.box.seen.length
    const parked = Array.from({ length: limits.inFlightPerProcess }, () => park(one))
    await until(() => (world.box.seen.length - seen === parked.length ? true : null), 'all to be in flight')
    const over = await park(two)
    assert.equal(over.kind === 'refusal' && over.refusal.code, 'limit')
    world.box.behaviour = ({ body }) =>
      Promise.resolve({ kind: 'reply', header: { outcome: 'done' }, body: Buffer.from(body) })
    assert.equal(verdict(await call(modest, 'tools/read', { modest: 2 })), 'done')

    // Refusals: one process's flood is counted, the other's single refusal is still written out.
    // They are counted anew after a while, and what was refused before may be that long ago or not.
    await world.shiftClock(limits.refusalWindowMs + 1)
    const from = world.events().length + 1
    const storm = Array.from({ length: 300 }, () => two.request({ op: 'nonsense' }))
    for (const answer of await Promise.all(storm)) assert.equal(answer.kind, 'refusal')
    const refused = await call(modest, 'tools/write', { bad: Number.MAX_SAFE_INTEGER }, 99_999)
    assert.equal(verdict(refused), 'not-held')
    assert.ok(refused.ok || refused.refusal.seq !== null, 'recorded one by one')
    const recorded = ofKind(world.events(from), 'syscall.refused')
    const ofGreedy = recorded.filter(({ body }) => body.process === greedy.process).length
    assert.equal(ofGreedy, limits.refusalsPerWindow)

    // The flood of one did not touch what the other waits for.
    const mine = (await world.approvals()).find((item) => item.process === modest.process)
    assert.ok(mine)
    const approval = { do: 'call.approve', call: mine.call, digest: mine.digest, comment: '' }
    assert.equal((await world.operator.order(approval, { time: world.now() })).kind, 'reply')
    assert.equal(verdict(await waiting), 'done')
    one.close()
    two.close()
    const settled = () => {
      const outcomes = ofKind(world.events(), 'call.settled').map(({ body }) => body.outcome)
      return outcomes.filter((outcome) => outcome === 'cancelled').length === parked.length || null
    }
    await until(settled, 'everything parked to be cancelled')
  }))

test('30: calls that hang in one process’s name do not keep another’s from the driver', () =>
  inWorld(async (world) => {
    const greedy = await world.agent('greedy')
    const modest = await world.agent('modest')
    await world.grant(greedy)
    await world.grant(modest)
    const answered = world.box.behaviour
    world.box.behaviour = (seen) => (seen.body.includes('park') ? silence(seen) : answered(seen))
    await world.box.detach()
    await world.box.attach(world.kernel, 64)
    const wire = await world.wire(greedy)
    const header = { op: 'call', selector: 'tools/read', object: world.object }
    const parked = Array.from({ length: 500 }, () => wire.request(header, Buffer.from('{"park":1}')))
    await until(() => (world.box.seen.length === 22 ? true : null), 'a third of the credit to be used')
    for (let n = 0; n < 20; n++) assert.equal(verdict(await call(modest, 'tools/read', { n })), 'done')
    wire.close()
    for (const answer of await Promise.all(parked)) assert.equal(answer.kind, 'lost')
    const theirs = world.box.bodies.filter((body) => body.includes('park'))
    assert.equal(theirs.length, 22, 'what waited for credit never left')
  }))
