/** Attack card, line 4: through the wire for calls in flight, through the real supervisor for processes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { anyArguments, call, inWorld, until, verdict } from '../../harness/world.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import { silence } from '../../harness/recording-driver.ts'
import type { SupervisedHome } from '../../harness/supervised-home.ts'
import { supervised } from '../../harness/supervised-home.ts'

/** Process ids of this home that run `text`. */
function running(home: SupervisedHome, text: string): readonly number[] {
  return home.processes().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').includes(text)
    } catch {
      return false
    }
  })
}

const gone = (home: SupervisedHome, text: string) =>
  until(() => (running(home, text).length === 0 ? true : null), `${text} to be gone`)

test('4: a kill cancels in-flight work; the report says what could not be undone', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob)
    world.box.behaviour = silence
    const flying = [call(bob, 'tools/send', { n: 1 }), call(bob, 'tools/send', { n: 2 })]
    await until(() => (world.box.seen.length === 2 ? true : null), 'both to be dispatched')
    const report = await world.operator.must({ do: 'process.kill', process: bob.process, reason: '' })
    for (const answer of flying) {
      const told = await answer
      assert.equal(verdict(told), 'cancelled', 'told before the connection ends')
      assert.ok(told.ok && told.reason.includes('killed'))
    }
    await until(() => (world.box.seen.every(({ signal }) => signal.aborted) ? true : null), 'withdrawal')
    const settled = ofKind(world.events(), 'call.settled').filter((event) => event.cause === report['seq'])
    assert.deepEqual(
      settled.map(({ body }) => [body.call, body.outcome, body.released]),
      world.box.seen.map((seen) => [seen.call, 'cancelled', false]),
      'dispatched, so not given back: this much may have happened',
    )
  }))

test('4: a kill reaps the whole process tree', async (t) => {
  await t.test('of a driver that is removed', () =>
    supervised(async (home) => {
      const operator = await home.operator()
      const driver = await home.addLog(operator)
      const bob = await operator.addAgent('bob')
      const caveats = { selectors: ['tools/act', 'tools/breed'], where: anyArguments }
      await operator.must({ do: 'capability.grant', holder: bob.process, object: driver, caveats })
      await home.attached(operator, driver)
      const agent = await home.agent(bob.token)
      const bred = await agent.request(
        { op: 'call', selector: 'tools/breed', object: driver },
        Buffer.from('{}'),
      )
      assert.equal(bred.kind === 'reply' && bred.header['outcome'], 'done')
      assert.equal(running(home, 'sleep 360').length, 2, 'the driver has children that left it')
      assert.ok(running(home, 'logging-server').length > 0)

      await operator.must({ do: 'driver.remove', driver })
      await gone(home, 'sleep 360')
      await gone(home, 'logging-server')
      const after = await agent.request(
        { op: 'call', selector: 'tools/act', object: driver },
        Buffer.from('{}'),
      )
      assert.equal(after.kind, 'refusal')
      assert.deepEqual(home.effects(), [])
      assert.equal(ofKind(ledgerEvents(home.home.ledger), 'driver.removed').length, 1)
    }),
  )
  await t.test('of an agent’s program that is stopped, and of everything in a halt', () =>
    supervised(async (home) => {
      const operator = await home.operator()
      const driver = await home.addLog(operator)
      await home.attached(operator, driver)
      const brood = 'setsid sh -c "sleep 3603 & exit 0"; sh -c "(sleep 3604 &)"; exec sleep 3605'
      const start = async () => {
        const program = {
          command: 'sh',
          args: ['-c', brood],
          cwd: '/',
          env: { PATH: process.env['PATH'] ?? '' },
        }
        const started = await home.ask({ op: 'start', agent: 'bob', program })
        await until(() => (running(home, 'sleep 360').length >= 3 ? true : null), 'the brood')
        return started.header['unit'] as string
      }
      await home.ask({ op: 'stop', unit: await start() })
      await gone(home, 'sleep 360')
      assert.ok(running(home, 'logging-server').length > 0, 'others go on')

      await start()
      const before = new Set(home.processes())
      const report = (await home.ask({ op: 'halt', by: 'test', reason: 'a drill' })).header
      assert.ok((report['killed'] as number) >= 3, 'kernel, adapter and program')
      await gone(home, 'sleep 360')
      await gone(home, 'logging-server')
      await until(
        () => (home.processes().some((pid) => before.has(pid)) ? null : true),
        'the rest to be gone',
      )
      const again = await home.operator()
      const status = (await again.query('status')) as JsonObject
      assert.notEqual(status['halted'], null, 'and it boots halted')
      assert.deepEqual(running(home, 'logging-server'), [])
      assert.equal(ofKind(ledgerEvents(home.home.ledger), 'domain.halted').length, 1)
    }),
  )
})
