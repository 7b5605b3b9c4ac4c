import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { acquireWriterLock } from './writer-lock.ts'

async function inFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-lock-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a second writer is refused with what to do, until the first lets go', async () => {
  await inFolder((folder) => {
    const path = join(folder, 'ledger.lock')
    const first = acquireWriterLock(path)
    assert.ok(first.ok)
    const second = acquireWriterLock(path)
    assert.ok(!second.ok && second.error.code === 'held')
    assert.match(second.error.message, /stop it first/)
    first.value.release()
    first.value.release()
    const third = acquireWriterLock(path)
    assert.ok(third.ok)
    third.value.release()
  })
})

test('the lock of a writer that is killed dies with it', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'ledger.lock')
    const module = new URL('writer-lock.ts', import.meta.url).href
    const program = `const { acquireWriterLock } = await import(${JSON.stringify(module)})
      console.log(acquireWriterLock(${JSON.stringify(path)}).ok); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(line.toString().trim(), 'true')
    const refused = acquireWriterLock(path)
    assert.ok(!refused.ok && refused.error.code === 'held')
    child.kill('SIGKILL')
    await once(child, 'close')
    const taken = acquireWriterLock(path)
    assert.ok(taken.ok)
    taken.value.release()
  })
})

test('a path that cannot be a lock file is a typed problem', async () => {
  await inFolder((folder) => {
    const taken = acquireWriterLock(join(folder, 'missing', 'ledger.lock'))
    assert.ok(!taken.ok && taken.error.code === 'io')
  })
})
