import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { copyOnWrite, picture } from '../../../test/harness/copy-on-write.ts'
import { sha256Hex } from '../../base/hash.ts'
import { commitChanges } from './commit/commit-changes.ts'
import { listChanges } from './list-changes.ts'

/** Swaps the folder `d` in `place` for a link to `target` and back, as fast as it can, until it is killed. */
function swapping(place: string, target: string): AsyncDisposable {
  const script = `
    const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
    for (;;) {
      try { renameSync('d', '.aside'); symlinkSync(${JSON.stringify(target)}, 'd') } catch {}
      try { unlinkSync('d') } catch {}
      try { renameSync('.aside', 'd') } catch {}
    }`
  const child = spawn(process.execPath, ['-e', script], { cwd: place, stdio: 'ignore' })
  return {
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

test('a folder that is swapped for a link all the time never makes a listing read elsewhere', async () => {
  using view = copyOnWrite()
  view.outside('mkdir ../elsewhere; echo secret >../elsewhere/f')
  view.inside('mkdir d; echo 1 >d/f')
  const elsewhere = join(view.folder, '../elsewhere')
  const secret = sha256Hex('secret\n')
  let seen = 0
  await using _swapping = swapping(join(view.store, 'upper'), elsewhere)
  for (let round = 0; round < 120; round++) {
    const listed = await listChanges(view.folder, view.store, { startedAtMs: 0, baseline: new Map() })
    if (!listed.ok) continue
    assert.ok(!listed.value.changes.some(({ after }) => after?.digest === secret))
    seen += listed.value.changes.some(({ path }) => path === 'd/f') ? 1 : 0
  }
  assert.ok(seen > 0, 'the folder itself was seen too')
})

test('a folder that is swapped for a link all the time never makes a commit write elsewhere', async () => {
  using view = copyOnWrite()
  view.outside('mkdir ../elsewhere d; echo 1 >../elsewhere/f; echo 1 >d/f; echo 1 >d/g')
  view.inside('echo 2 >d/f; rm d/g; mkdir d/new; echo 2 >d/new/x')
  const elsewhere = join(view.folder, '../elsewhere')
  const untouched = picture(elsewhere)
  const journal = join(view.run, 'commit.json')
  const listed = await listChanges(view.folder, view.store, {
    startedAtMs: Date.now() + 60_000,
    baseline: new Map(),
  })
  assert.ok(listed.ok)
  const chosen = listed.value.changes
  assert.equal(chosen.length, 4)
  await using _swapping = swapping(view.folder, elsewhere)
  for (let round = 0; round < 30; round++) {
    await commitChanges({ folder: view.folder, store: view.store, chosen, journal })
    assert.deepEqual(picture(elsewhere), untouched)
    await turn()
  }
})
