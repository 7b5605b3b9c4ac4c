/** Attack card, line 5: everybody who could cooperate is stopped, hung or deaf. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import { silence } from '../../harness/recording-driver.ts'
import { supervised } from '../../harness/supervised-home.ts'
import { anyArguments, call, inWorld, until, verdict } from '../../harness/world.ts'

/** Whoever waited for one that does not cooperate would wait for ever; a busy machine may be slow. */
const promptMs = 20_000

test('5: a kill needs no cooperation: no callback, no agent code, no driver has to answer', async (t) => {
  await t.test('a driver that ignores being told, and an agent that does not read', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      const eve = await world.agent('eve')
      await world.grant(bob)
      await world.grant(eve)
      // It hears of the cancellation and does nothing about it.
      world.box.behaviour = silence
      const wire = await world.wire(bob)
      const stuck = wire.request(
        { op: 'call', selector: 'tools/send', object: world.object },
        Buffer.from('{"n":1}'),
      )
      await until(() => world.box.seen.at(0) ?? null, 'it to be dispatched')
      const startedAt = performance.now()
      const killed = await world.operator.must({ do: 'process.kill', process: bob.process, reason: 'now' })
      assert.ok(performance.now() - startedAt < promptMs, 'the kill waits for nobody')
      const answer = await stuck
      assert.equal(answer.kind === 'reply' && answer.header['outcome'], 'cancelled')
      await wire.closed
      const ended = ofKind(world.events(), 'call.settled').at(-1)
      assert.deepEqual([ended?.body.outcome, ended?.cause], ['cancelled', killed['seq']])
      world.box.behaviour = ({ body }) =>
        Promise.resolve({ kind: 'reply', header: { outcome: 'done' }, body: Buffer.from(body) })
      assert.equal(verdict(await call(eve, 'tools/send', { n: 2 })), 'done', 'and harms nobody else')
      assert.equal(world.box.seen.length, 2)
    }),
  )
  await t.test('an adapter, a driver and a kernel that are stopped', () =>
    supervised(async (home) => {
      const operator = await home.operator()
      const driver = await home.addLog(operator)
      const bob = await operator.addAgent('bob')
      const caveats = { selectors: ['tools/hang'], where: anyArguments }
      await operator.must({ do: 'capability.grant', holder: bob.process, object: driver, caveats })
      await home.attached(operator, driver)
      const agent = await home.agent(bob.token)
      const hanging = agent.request({ op: 'call', selector: 'tools/hang', object: driver }, Buffer.from('{}'))
      await until(() => {
        const admitted = ofKind(ledgerEvents(home.home.ledger), 'call.admitted')
        return admitted.length === 1 ? true : null
      }, 'the call to be admitted')
      const before = home.processes()
      for (const pid of before) process.kill(pid, 'SIGSTOP')
      const startedAt = performance.now()
      const { header } = await home.ask({ op: 'halt', by: 'test', reason: 'they do not listen' })
      assert.ok(performance.now() - startedAt < promptMs)
      assert.ok((header['tookMicros'] as number) < promptMs * 1000)
      assert.equal((await hanging).kind, 'lost')
      await until(
        () => (home.processes().some((pid) => before.includes(pid)) ? null : true),
        'them to be gone',
      )
      const again = await home.operator()
      assert.notEqual(((await again.query('status')) as JsonObject)['halted'], null)
      const events = ledgerEvents(home.home.ledger)
      const halted = ofKind(events, 'domain.halted')
      assert.deepEqual(
        halted.map(({ body }) => [body.reason, body.inFlight.length]),
        [['they do not listen', 1]],
        'recorded afterwards, with what was in flight',
      )
      assert.equal(ofKind(events, 'call.settled').at(-1)?.body.outcome, 'in-doubt')
    }),
  )
})
