/** Attack card, line 32: a disk with room for one segment of the ledger and not for two. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { KernelProcess, TestHome } from '../../harness/kernel-process.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import { RecordingDriver } from '../../harness/recording-driver.ts'
import { mountTinyDisk } from '../../harness/tiny-disk.ts'
import { anyArguments, boxDefinitions, until } from '../../harness/world.ts'

const large = 4000

test('32: a full disk refuses actions; it never executes unrecorded ones; revoke and halt are still recorded; it goes on when there is room', async (t) => {
  const home = new TestHome()
  const disk = await mountTinyDisk(home)
  if (typeof disk === 'string') {
    home.remove()
    return t.skip(`${disk}; line 26 shows a ledger that cannot be written`)
  }
  const box = new RecordingDriver('box', boxDefinitions)
  let kernel = await KernelProcess.start(home, { wrapper: disk.wrapper })
  try {
    let operator = await kernel.operator()
    const object = await operator.addDriver('box', boxDefinitions)
    await box.attach(kernel)
    const bob = await operator.addAgent('bob')
    const grant = {
      do: 'capability.grant',
      holder: bob.process,
      object,
      caveats: { selectors: ['tools/write'], where: anyArguments },
    }
    const { capability } = await operator.must(grant)
    await operator.must(grant)
    let wire = await kernel.agent(bob.token)
    const write = (n: number) => {
      const bytes = Buffer.from(JSON.stringify({ n, text: 'x'.repeat(large) }))
      return wire.request({ op: 'call', selector: 'tools/write', object }, bytes)
    }
    const room = async () => ((await operator.query('status')) as JsonObject)['room']
    let asked = 0
    /** `width` calls at a time until the ledger takes no more; returns how many were done. */
    const fillUp = async (width: number): Promise<number> => {
      for (let done = 0; ;) {
        const answers = await Promise.all(Array.from({ length: width }, () => write(asked++)))
        for (const answer of answers) {
          if (answer.kind === 'reply') done += 1
          else
            assert.equal(
              answer.kind === 'refusal' && answer.refusal.code,
              'ledger-unavailable',
              kernel.stderr,
            )
        }
        if (answers.some(({ kind }) => kind === 'refusal')) return done
        assert.ok(done < 10_000, 'the disk never filled')
      }
    }

    assert.equal(await room(), 'ample')
    // Room is kept for the outcomes of calls in flight, so that fewer at a time fit for longer.
    const done = (await fillUp(50)) + (await fillUp(7)) + (await fillUp(1))
    assert.ok(done > 500, `${done} calls fitted`)
    assert.equal(await room(), 'reserved')
    assert.equal(box.seen.length, done, 'exactly what was recorded was executed')
    const refusedGrant = await operator.order(grant)
    assert.equal(refusedGrant.kind === 'refusal' && refusedGrant.refusal.code, 'ledger-unavailable')
    const stranger = await operator.order({ do: 'agent.add', name: 'eve', tokenDigest: 'e'.repeat(64) })
    assert.equal(stranger.kind === 'refusal' && stranger.refusal.code, 'ledger-unavailable')
    const derived = await wire.request({ op: 'derive', handle: 1 }, Buffer.from('{}'))
    assert.equal(derived.kind === 'refusal' && derived.refusal.code, 'ledger-unavailable')

    // What only lessens authority is recorded from the reserve, and so is a halt, after a crash as well.
    const revoked = await operator.order({ do: 'capability.revoke', capability: capability as number })
    assert.equal(revoked.kind, 'reply', JSON.stringify(revoked))
    await kernel.kill()
    const halt = { requestedAt: Date.now(), requestedBy: 'test', reason: 'the disk is full' }
    kernel = await KernelProcess.start(home, { wrapper: disk.wrapper, halt })
    operator = await kernel.operator()
    const events = ledgerEvents(disk.ledger)
    assert.equal(ofKind(events, 'capability.revoked').length, 1)
    assert.equal(ofKind(events, 'domain.halted').at(0)?.body.reason, 'the disk is full')
    assert.equal(ofKind(events, 'call.admitted').length, done)
    assert.equal(ofKind(events, 'call.settled').length, done)
    assert.equal(box.seen.length, done)

    // Room again: it is noticed without a restart.
    disk.free()
    await until(async () => ((await room()) === 'ample' ? true : null), 'the room to be noticed')
    await operator.must({ do: 'domain.resume' })
    await box.attach(kernel)
    wire = await kernel.agent(bob.token)
    assert.equal((await write(20_000)).kind, 'reply')
    assert.equal(box.seen.length, done + 1)
  } finally {
    await kernel.kill()
    await disk.end()
    home.remove()
  }
})
