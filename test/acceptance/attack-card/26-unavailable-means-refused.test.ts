/** Attack card, line 26, through the SDK: whatever is missing, nothing falls through. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { connectAgent } from '../../../src/sdk/index.ts'
import { boxDefinitions, call, inWorld, verdict } from '../../harness/world.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { RecordingDriver, silence } from '../../harness/recording-driver.ts'

test('26: driver, policy or ledger unavailable: refused, never a fall-through to the host', async (t) => {
  await t.test('the driver is down, hangs, or is not what it was', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      await world.grant(bob)
      await world.box.detach()
      assert.equal(verdict(await call(bob, 'tools/read', { n: 1 })), 'driver-unavailable')

      // Attached again with another idea of what `read` means: that one operation stays shut.
      const changed = boxDefinitions.map((item) =>
        item.selector === 'tools/read' ? { ...item, definition: { name: 'read', also: 'sends' } } : item,
      )
      const impostor = new RecordingDriver('box', changed)
      await impostor.attach(world.kernel)
      assert.equal(verdict(await call(bob, 'tools/read', { n: 2 })), 'definition-changed')
      assert.equal(verdict(await call(bob, 'tools/write', { n: 3 })), 'done')

      // It dies with a call in its hands: in doubt, not repeated elsewhere.
      impostor.behaviour = silence
      const lost = call(bob, 'tools/write', { n: 4 })
      while (impostor.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      await impostor.detach()
      assert.equal(verdict(await lost), 'in-doubt')
      assert.equal(verdict(await call(bob, 'tools/write', { n: 5 })), 'driver-unavailable')
      await world.box.attach(world.kernel)
      await world.fence()
      assert.deepEqual([world.box.bodies, impostor.bodies], [[], ['{"n":3}', '{"n":4}']])
      const codes = ofKind(world.events(), 'syscall.refused').map(({ body }) => body.code)
      assert.deepEqual(codes, ['driver-unavailable', 'definition-changed', 'driver-unavailable'])
      assert.deepEqual(ofKind(world.events(), 'driver.attached').at(1)?.body.quarantined, ['tools/read'])
    }),
  )
  await t.test('the driver was removed for good', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      const { handle } = await world.grant(bob)
      await world.operator.must({ do: 'driver.remove', driver: world.object })
      const answer = await bob.sdk.call({ selector: 'tools/read', handle, arguments: { n: 1 } })
      assert.equal(verdict(answer), 'canon', 'there is no way to an effect but a driver')
      assert.deepEqual(world.box.seen, [])
    }),
  )
  await t.test('the ledger cannot be written: nothing is done, and nothing more is answered', () =>
    inWorld(async (world) => {
      const bob = await world.agent('bob')
      await world.grant(bob)
      assert.equal(verdict(await call(bob, 'tools/write', { n: 1 })), 'done')
      // From now on every write beyond the first kilobyte of a file fails, as on a failing disk.
      const limited = spawnSync('prlimit', ['--pid', String(world.kernel.child.pid), '--fsize=1024'])
      assert.equal(limited.status, 0, `prlimit is needed: ${String(limited.stderr)}`)
      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => call(bob, 'tools/write', { n: n + 2 })),
      )
      assert.ok(answers.every(({ status }) => status === 'rejected'))
      assert.equal(await world.kernel.exited, 10, 'the kernel stops rather than decide what it cannot record')
      assert.match(world.kernel.stderr, /nothing can be recorded/)
      await assert.rejects(connectAgent({ home: world.home.folder, token: bob.token }))
      assert.deepEqual(world.box.bodies, ['{"n":1}'], 'nothing unrecorded was executed')

      await world.start()
      await world.reattach(bob)
      await world.fence()
      assert.deepEqual(world.box.bodies, ['{"n":1}'])
      const admitted = ofKind(world.events(), 'call.admitted').filter(
        ({ body }) => body.process === bob.process,
      )
      assert.equal(admitted.length, 1)
      assert.equal(verdict(await call(bob, 'tools/write', { n: 30 })), 'done', 'and goes on when it can')
    }),
  )
})
