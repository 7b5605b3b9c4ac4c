import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeFolder } from '../../../test/harness/copy-on-write.ts'

/** An id that no account has. */
const uid = 60_417

test(
  'what holds for root holds for an ordinary user',
  {
    skip: process.geteuid?.() === 0 ? false : 'this is an ordinary user: the other tests say it',
  },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'custos-user-'))
    try {
      chownSync(folder, uid, uid)
      const files = ['list-changes.test.ts', 'commit/commit-changes.test.ts'].map((name) =>
        join(import.meta.dirname, name),
      )
      const who = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all']
      const node = [process.execPath, '--test', '--test-skip-pattern=at any point', ...files]
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const ran = spawnSync('setpriv', [...who, ...node], {
        cwd: folder,
        env: { ...env, TMPDIR: folder, HOME: folder },
        encoding: 'utf8',
      })
      assert.equal(ran.status, 0, ran.stdout.slice(-4000) + ran.stderr.slice(-4000))
    } finally {
      removeFolder(folder)
    }
  },
)
