/** A folder that the program could not begin in is named before anything is made for it. */
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { starters, Trial } from '../../../test/sandbox/trial.ts'

for (const starter of starters) {
  describe(`the working folder of a program that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())

    test('is refused by name and mode when nobody may enter it, shown or through a view', async () => {
      const folder = trial.makeFolder('shut', 0)
      const why = /the program could not enter its working folder \S+\/shut: its mode is 000$/u
      try {
        assert.match((await trial.run({ writable: [folder], cwd: folder }, ['true'])).error, why)
        const views = [{ path: folder, store: `${trial.folder}/store` }]
        assert.match((await trial.run({ views, cwd: folder }, ['true'])).error, why)
      } finally {
        chmodSync(folder, 0o700)
      }
    })

    test('is refused with the name of the folder above it that is shut', async () => {
      const outer = trial.makeFolder('outer', 0o700)
      const inner = trial.makeFolder('outer/middle/inner', 0o700)
      chmodSync(`${outer}/middle`, 0)
      try {
        // To an ordinary user it is not even there.
        const why = starter === 'root' ? /the mode of \S+\/outer\/middle is 000$/u : /is not there/u
        assert.match((await trial.run({ readable: [outer], cwd: inner }, ['true'])).error, why)
      } finally {
        chmodSync(`${outer}/middle`, 0o700)
      }
    })

    test('may be one that only its owner can enter, and one that the program made in its view', async () => {
      const folder = trial.makeFolder('private', 0o700)
      const views = [{ path: folder, store: `${trial.folder}/private-store` }]
      const made = await trial.run({ views, cwd: folder }, ['mkdir', '-m', '700', 'made'])
      assert.equal(made.end.status, 0, made.stderr)
      assert.equal(await trial.output({ views, cwd: `${folder}/made` }, ['pwd']), `${folder}/made\n`)
    })
  })
}
