/** The controls: every attack of the table harms a plain relay, so that what follows from it proves something. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { allAttacks } from './attack-list.ts'
import { RelayStage } from './relay-stage.ts'

suite('a plain relay is harmed by a server that', { concurrency: 3 }, () => {
  for (const { group, attack } of allAttacks) {
    test(attack.title, async (context) => {
      const damage = await harm(group, attack)
      assert.notEqual(damage, '')
      if (process.env['SHOW_DAMAGE'] !== undefined) context.diagnostic(`${attack.id}: ${damage}`)
    })
  }
})

/** An attacker tries as often as it likes; on a busy machine some attacks need more than one moment. */
async function harm(...[group, attack]: Parameters<RelayStage['start']>): Promise<string> {
  for (let tries = 1; ; tries++) {
    const stage = new RelayStage()
    try {
      await stage.start(group, attack)
      return await attack.damage(stage)
    } catch (error) {
      if (tries === 3) throw error
    } finally {
      await stage.remove()
    }
  }
}

test('there are attacks enough, each under a name of its own', () => {
  const ids = new Set(allAttacks.map(({ attack }) => attack.id))
  assert.equal(ids.size, allAttacks.length)
  assert.ok(ids.size >= 40)
})
