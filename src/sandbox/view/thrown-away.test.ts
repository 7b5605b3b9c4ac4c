import assert from 'node:assert/strict'
import { chownSync, lstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { starters, Trial } from '../../../test/sandbox/trial.ts'

const shell = (script: string): readonly string[] => ['sh', '-c', script]

for (const starter of starters) {
  describe(`a view that is thrown away, for a program that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())
    const folder = trial.makeFolder('folder')
    writeFileSync(`${folder}/kept`, 'kept\n')
    chownLike(folder, `${folder}/kept`)
    const mounted = shell(`echo more >> kept; grep ' ${folder} ' /proc/self/mountinfo`)

    test('is mounted so that nothing is forced to the disk, and another view is not', async () => {
      const thrown = { path: folder, store: trial.makeFolder('thrown'), isThrownAway: true } as const
      const kept = { path: folder, store: trial.makeFolder('kept') }
      assert.match(await trial.output({ views: [thrown], cwd: folder }, mounted), /[ ,=]volatile/)
      assert.doesNotMatch(await trial.output({ views: [kept], cwd: folder }, mounted), /volatile/)
      for (const { store } of [thrown, kept])
        assert.equal(readFileSync(`${store}/upper/kept`, 'utf8'), 'kept\nmore\n')
      assert.equal(readFileSync(`${folder}/kept`, 'utf8'), 'kept\n')
    })

    test('leaves nothing of the mount, so that the store is good for another one', async () => {
      const store = trial.makeFolder('twice')
      const views = [{ path: folder, store, isThrownAway: true }] as const
      for (const lines of [2, 3]) {
        const seen = await trial.output({ views, cwd: folder }, shell('echo more >> kept; wc -l < kept'))
        assert.equal(seen.trim(), String(lines))
        assert.deepEqual(readdirSync(store), ['upper'])
      }
    })
  })
}

/** Files belong to whom their folder belongs to. */
function chownLike(folder: string, path: string): void {
  const { uid, gid } = lstatSync(folder)
  chownSync(path, uid, gid)
}
