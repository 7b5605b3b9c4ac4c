import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyOnWrite } from '../../../test/harness/copy-on-write.ts'
import { changesOfRun } from './changed-run.ts'

test('what cannot be remembered, as on a full disk, is an error that is explained, and no list', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a')
  view.inside('echo 2 >a')
  const own = join(view.store, '..')
  const run = {
    run: 'abc',
    folder: view.folder,
    store: view.store,
    startedAtMs: Date.now() + 60_000,
    baseline: join(own, 'no-such-folder', 'baseline.json'),
    dropped: join(own, 'dropped.json'),
    journal: join(own, 'commit.json'),
  }
  const refused = await changesOfRun(run)
  assert.match(refused.ok ? '' : refused.error, /cannot be remembered: ENOENT/u)
  mkdirSync(join(own, 'no-such-folder'))
  assert.equal((await changesOfRun(run)).ok, true)
})
