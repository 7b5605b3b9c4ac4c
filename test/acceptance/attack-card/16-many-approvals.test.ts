/** Attack card, line 16, through the SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

const each = 24

test('16: many approvals pending at once resolve to the right calls', () =>
  inWorld(async (world) => {
    const actors = [await world.agent('ann'), await world.agent('bob')]
    for (const actor of actors)
      await world.grant(actor, { selectors: ['tools/send', 'tools/write'], ask: true })
    const wanted: {
      readonly key: string
      readonly approve: boolean
      readonly answer: ReturnType<typeof call>
    }[] = []
    for (const actor of actors) {
      for (let n = 0; n < each; n++) {
        // Both ask for the same things, so that only the process tells them apart.
        const selector = n % 2 === 0 ? 'tools/send' : 'tools/write'
        const answer = call(actor, selector, { n: n >> 1 })
        wanted.push({ key: `${actor.process} ${selector} {"n":${n >> 1}}`, approve: n % 3 !== 0, answer })
      }
    }
    const shown = await world.held(2 * each)
    assert.equal(new Set(shown.map(({ digest }) => digest)).size, 2 * each)
    const keyOf = (item: (typeof shown)[number]) => `${item.process} ${item.selector} ${item.arguments}`

    // Decided in an order that has nothing to do with that of the requests, several at a time.
    const shuffled = [...shown].sort((one, other) => (one.digest < other.digest ? -1 : 1))
    await Promise.all(
      shuffled.map(({ call, digest, ...item }) => {
        const { approve } = wanted.find(({ key }) => key === keyOf({ call, digest, ...item })) ?? {}
        return world.operator.must({ do: approve ? 'call.approve' : 'call.deny', call, digest, comment: '' })
      }),
    )
    for (const { key, approve, answer } of wanted) {
      const got = await answer
      assert.equal(verdict(got), approve ? 'done' : 'approval-denied', key)
      if (got.ok) assert.equal(JSON.stringify(got.result), key.split(' ')[2], 'its own answer')
    }
    await world.fence()

    const processOf = new Map(shown.map((item) => [item.call, keyOf(item)]))
    const seen = world.box.seen.map(({ call, selector, body }) => {
      assert.ok(processOf.get(call)?.endsWith(`${selector} ${body}`), 'the driver saw what was approved')
      return processOf.get(call) ?? ''
    })
    const approved = wanted.flatMap(({ key, approve }) => (approve ? [key] : []))
    assert.deepEqual(seen.sort(), approved.sort())
    const held = new Map(ofKind(world.events(), 'call.held').map((event) => [event.body.call, event]))
    for (const { body, authority } of ofKind(world.events(), 'call.approved')) {
      assert.equal(authority?.capability, held.get(body.call)?.body.capability)
    }
  }))
