/** The judge of effects finds what it is there to find. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, inWorld } from '../../harness/world.ts'
import { judgeEffects } from './judge-effects.ts'

test('an effect that was not admitted, came twice, came changed or never came is found', () =>
  inWorld(async (world) => {
    const actor = await world.agent('actor')
    await world.grant(actor)
    for (let n = 0; n < 3; n++) await call(actor, 'tools/write', { n }, world.object)
    await world.kernel.stop()
    const seen = world.box.seen.map(({ call, selector, body }) => ({
      call,
      selector,
      body,
      driver: world.object,
    }))
    const judge = (what: typeof seen) => judgeEffects(world.home.folder, what, world.object)
    const [first] = seen
    assert.ok(first)
    const sound = judge(seen)
    assert.deepEqual([sound.withoutAuthority, sound.violations, sound.admitted], [[], [], 3])
    const doctored = [
      [...seen, { ...first, call: 99 }],
      [...seen, first],
      [{ ...first, body: '{"n":7}' }, ...seen.slice(1)],
      [{ ...first, selector: 'tools/send' }, ...seen.slice(1)],
      [{ ...first, driver: world.object + 1 }, ...seen.slice(1)],
    ]
    for (const what of doctored) assert.equal(judge(what).withoutAuthority.length, 1)
    assert.match(judge(seen.slice(1)).violations.join(), /no driver saw it/)
  }))
