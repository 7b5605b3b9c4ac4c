import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockHome } from './home-lock.ts'

function inFolder(use: (folder: string, file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'custos-lock-'))
  try {
    use(folder, join(folder, 'pid'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a home is locked once, and again after its release', () =>
  inFolder((folder) => {
    const first = lockHome(folder)
    assert.ok(first.ok)
    assert.deepEqual(lockHome(folder), { ok: false, error: process.pid })
    first.value.release()
    const second = lockHome(folder)
    assert.ok(second.ok)
    second.value.release()
    assert.deepEqual(readdirSync(folder), [])
  }))

test('a lock whose owner is dead is taken over, also when its process id is in use again', () =>
  inFolder((folder, file) => {
    for (const left of ['999999999 1\n', `${process.pid} 1\n`, '', 'x y z', '-1 5\n']) {
      writeFileSync(file, left)
      const lock = lockHome(folder)
      assert.ok(lock.ok, left)
      assert.match(readFileSync(file, 'utf8'), new RegExp(`^${process.pid} `))
      lock.value.release()
    }
  }))

test('a release does not remove the lock of somebody else', () =>
  inFolder((folder, file) => {
    const lock = lockHome(folder)
    assert.ok(lock.ok)
    writeFileSync(file, '1 2\n')
    lock.value.release()
    assert.equal(readFileSync(file, 'utf8'), '1 2\n')
  }))
