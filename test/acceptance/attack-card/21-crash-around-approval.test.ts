/** Attack card, line 21: the kernel is killed with SIGKILL around an approval and its effect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ofKind } from '../../harness/ledger-events.ts'
import { silence } from '../../harness/recording-driver.ts'
import type { Actor, World } from '../../harness/world.ts'
import { call, inWorld, until, verdict } from '../../harness/world.ts'

async function holdOne(world: World, bob: Actor, n: number) {
  const waiting = call(bob, 'tools/send', { n }).catch(() => null)
  const [shown] = await world.held()
  assert.ok(shown)
  return { waiting, command: { do: 'call.approve', call: shown.call, digest: shown.digest, comment: '' } }
}

test('21: approved, then crashed before or during the effect: resumed exactly once, or reported in doubt', async (t) => {
  await t.test('crashed after the approval and before the effect: resumed exactly once', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      await world.grant(bob, { selectors: ['tools/send'], ask: true })
      const { waiting, command } = await holdOne(world, bob, 1)
      await world.leave(bob)
      assert.equal(await waiting, null)
      await world.operator.must(command)
      await world.crash(bob)
      assert.deepEqual(world.box.seen, [], 'a restart runs nothing by itself')
      assert.equal(verdict(await call(bob, 'tools/send', { n: 1 })), 'done')
      await world.crash(bob)
      await world.fence()
      assert.deepEqual(world.box.bodies, ['{"n":1}'])
      const settled = ofKind(world.events(), 'call.settled').filter(({ body }) => body.call === command.call)
      assert.deepEqual(
        settled.map(({ body }) => body.outcome),
        ['done'],
      )
    }),
  )
  await t.test('crashed during the effect: in doubt, once, and never retried', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      await world.grant(bob, { selectors: ['tools/send'], ask: true })
      world.box.behaviour = silence
      const { waiting, command } = await holdOne(world, bob, 1)
      await world.operator.must(command)
      await until(() => world.box.seen.at(0) ?? null, 'the driver to see it')
      await world.crash()
      assert.equal(await waiting, null)
      await world.crash(bob)
      await world.fence()
      assert.equal(world.box.seen.length, 1, 'nothing is sent again')
      const settled = ofKind(world.events(), 'call.settled').filter(({ body }) => body.call === command.call)
      assert.deepEqual(
        settled.map(({ body }) => [body.outcome, body.released]),
        [['in-doubt', false]],
        'said once, over two restarts',
      )
      const retry = call(bob, 'tools/send', { n: 1 })
      const [fresh] = await world.held()
      assert.ok(fresh && fresh.call !== command.call, 'asking again is a new call with a new approval')
      await world.leave(bob)
      await assert.rejects(retry)
    }),
  )
  await t.test('crashed anywhere in between: at most one effect, and the ledger knows of it', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      await world.grant(bob, { selectors: ['tools/send'], ask: true })
      for (let n = 0; n < 12; n++) {
        const { waiting, command } = await holdOne(world, bob, n)
        const ordered = world.operator.order(command)
        await pause(n / 4)
        await world.crash(bob)
        const approved = (await ordered).kind === 'reply'
        await waiting
        const mine = world.events().filter(({ body }) => 'call' in body && body.call === command.call)
        const decided = ofKind(mine, 'call.approved').length
        const settled = ofKind(mine, 'call.settled').map(({ body }) => body.outcome)
        const effects = () => world.box.bodies.filter((body) => body === `{"n":${n}}`).length
        assert.ok(!approved || decided === 1, 'an acknowledged approval is not lost')
        assert.ok(settled.length === ofKind(mine, 'call.admitted').length && settled.length <= 1)
        assert.ok(effects() <= 1)
        if (effects() === 1) assert.equal(settled.length, 1, 'what ran is settled')
        if (settled.length === 1) continue
        // Not begun: an identical request resumes it, once.
        const resumed = call(bob, 'tools/send', { n })
        if (decided === 0) await world.operator.must(command)
        assert.equal(verdict(await resumed), 'done')
        assert.equal(effects(), 1)
      }
    }),
  )
})
