/** Every attack of the table against the whole product: nothing happens beyond the attacker's own calls. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { allAttacks } from './attack-list.ts'
import { confront, memoryMebibytes } from './confrontation.ts'
import { CustosStage } from './custos-stage.ts'

const stage = new CustosStage()
before(() => stage.start())
after(() => stage.remove())

suite('nobody but its own callers notices a server that', { concurrency: 3 }, () => {
  for (const listed of allAttacks) {
    test(listed.attack.title, async (context) => {
      const end = await confront(stage, listed)
      assert.notEqual(end, '')
      if (process.env['SHOW_DAMAGE'] !== undefined) context.diagnostic(`${listed.attack.id}: ${end}`)
    })
  }
})

test('after all of it, no process of ours has ever used much memory', async () => {
  assert.ok((await stage.peak()) < memoryMebibytes)
})
