/** Attack card, line 12, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { sign } from '../../../src/base/signature.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('12: one approval yields at most one effect, whatever is replayed', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { selectors: ['tools/send'], ask: true })
    const pay = { to: 'ann', amount: 5 }

    // What it holds is known before, so that requests made at once leave at once.
    await bob.sdk.capabilities()
    // Three identical requests at once are one call, with one approval and one effect.
    const together = [
      call(bob, 'tools/send', pay),
      call(bob, 'tools/send', pay),
      call(bob, 'tools/send', pay),
    ]
    const [shown] = await world.held()
    assert.ok(shown)
    await bob.sdk.capabilities() // Answered after all three were looked at.
    const command = { do: 'call.approve', call: shown.call, digest: shown.digest, comment: '' }
    const record: JsonObject = {
      command,
      domain: 'main',
      operator: 1,
      nonce: 'ab'.repeat(16),
      policyVersion: 'builtin-1',
      canonVersion: 1,
      time: Date.now(),
    }
    const bytes = Buffer.from(canonicalJson(record))
    const signature = sign(world.home.key, bytes)
    const send = () => world.operator.client.request({ op: 'order', signature }, bytes)
    assert.equal((await send()).kind, 'reply')
    assert.deepEqual((await Promise.all(together)).map(verdict), ['done', 'done', 'done'])
    await world.fence()
    assert.deepEqual(world.box.bodies, ['{"to":"ann","amount":5}'])

    // The same order again, the same decision signed anew, and the same request again: none is an effect.
    const replayed = await send()
    assert.equal(replayed.kind === 'refusal' && replayed.refusal.code, 'order-replayed')
    const anew = await world.operator.order(command)
    assert.equal(anew.kind === 'refusal' && anew.refusal.code, 'not-found')
    const retry = call(bob, 'tools/send', pay)
    const [second] = await world.held()
    assert.ok(second && second.call !== shown.call && second.digest !== shown.digest)
    await world.leave(bob)
    await assert.rejects(retry, { name: 'ConnectionLost' })

    // Approved while nobody waits: of many retries, also over a crash, one collects it.
    await world.operator.must({ ...command, call: second.call, digest: second.digest })
    await world.crash(bob)
    const again = await send()
    assert.equal(again.kind === 'refusal' && again.refusal.code, 'order-replayed', 'also after a restart')
    await bob.sdk.capabilities()
    const retries = Array.from({ length: 5 }, () => call(bob, 'tools/send', pay))
    const [third] = await world.held()
    assert.ok(third)
    await bob.sdk.capabilities()
    await world.operator.must({ do: 'call.deny', call: third.call, digest: third.digest, comment: '' })
    const verdicts = (await Promise.all(retries)).map(verdict).sort()
    assert.deepEqual(verdicts, [
      'approval-denied',
      'approval-denied',
      'approval-denied',
      'approval-denied',
      'done',
    ])
    await world.fence()
    assert.equal(world.box.seen.length, 2, 'two approvals, two effects')

    const events = world.events()
    const admitted = ofKind(events, 'call.admitted').filter(({ body }) => body.process === bob.process)
    assert.deepEqual(
      admitted.map(({ body }) => body.call),
      [shown.call, second.call],
    )
    assert.deepEqual(
      ofKind(events, 'order.refused').map(({ body }) => body.code),
      ['order-replayed', 'not-found', 'order-replayed'],
    )
  }))
