import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HaltFile, haltRecord } from './halt-file.ts'

function haltFile(folder: string): HaltFile {
  return new HaltFile(join(folder, 'halt'), join(folder, 'halt.reserve'))
}

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'custos-halt-'))
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a halt is written, found again by another process, and removed', () =>
  inFolder((folder) => {
    const file = haltFile(folder)
    assert.equal(file.read(), null)
    const record = haltRecord(1234, 'ada', 'it looked "wrong"\n')
    assert.ok(file.write(record))
    assert.ok(file.sync())
    assert.deepEqual(haltFile(folder).read(), record)
    assert.ok(file.remove())
    assert.equal(file.exists(), false)
    assert.ok(file.remove(), 'removing what is not there is no failure')
  }))

test('a halt after a halt replaces its record, and space is set aside again', () =>
  inFolder((folder) => {
    const file = haltFile(folder)
    for (let n = 1; n <= 3; n++) {
      assert.ok(file.write(haltRecord(n, 'ada', '')))
      assert.equal(file.read()?.requestedAt, n)
    }
    assert.ok(file.remove())
    assert.ok(statSync(join(folder, 'halt.reserve')).size >= 8192)
  }))

test('whatever lies there halts', () =>
  inFolder((folder) => {
    for (const content of ['', 'x', '{}', '{"requestedAt":1}', '\0\xff', '[]']) {
      writeFileSync(join(folder, 'halt'), content)
      assert.equal(haltFile(folder).read()?.requestedBy, 'file')
    }
    writeFileSync(join(folder, 'halt'), '{"requestedAt":5,"requestedBy":"cli","reason":"r"}')
    assert.deepEqual(haltFile(folder).read(), { requestedAt: 5, requestedBy: 'cli', reason: 'r' })
  }))

test('the longest record fits the space set aside', () => {
  const record = haltRecord(Number.MAX_SAFE_INTEGER, '\0'.repeat(1000), '\0'.repeat(100_000))
  assert.ok(JSON.stringify(record).length < 8192)
})

const isRoot = process.getuid?.() === 0
const unshare = ['unshare', ...(isRoot ? [] : ['-U', '-r']), '-m'] as const
const noMounts =
  spawnSync('sh', ['-c', '"$@" mount -t tmpfs tmpfs /mnt', 'sh', ...unshare]).status === 0
    ? false
    : 'NOTHING CAN BE MOUNTED HERE, NOT EVEN IN A NAMESPACE OF ITS OWN: THE FULL DISK IS NOT TRIED'

test('a full disk does not stop a halt', { skip: noMounts }, () =>
  inFolder((folder) => {
    const script = `
      import { writeFileSync } from 'node:fs'
      const { HaltFile, haltRecord } = await import(${JSON.stringify(new URL('./halt-file.ts', import.meta.url).href)})
      const file = new HaltFile(${JSON.stringify(join(folder, 'halt'))}, ${JSON.stringify(join(folder, 'halt.reserve'))})
      let full = false
      try {
        for (let n = 0; n < 1000; n++) writeFileSync(${JSON.stringify(folder)} + '/filler' + n, Buffer.alloc(4096, 1))
      } catch (error) {
        full = error.code === 'ENOSPC'
      }
      const done = file.write(haltRecord(1, 'ada', 'r'.repeat(1024))) && file.sync()
      console.log(JSON.stringify({ full, done, by: file.read()?.requestedBy }))`
    const mount = `mount -t tmpfs -o size=128k tmpfs ${folder} && exec "$0" --input-type=module -e "$1"`
    const args = [...unshare.slice(1), 'sh', '-c', mount, process.execPath, script]
    const run = spawnSync('unshare', args, { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    assert.deepEqual(JSON.parse(run.stdout), { full: true, done: true, by: 'ada' })
  }),
)

test('a folder that refuses everything makes the write fail and not throw', () =>
  inFolder((folder) => {
    const inner = join(folder, 'inner')
    mkdirSync(inner)
    const file = haltFile(inner)
    rmSync(inner, { recursive: true })
    assert.equal(file.write(haltRecord(1, 'ada', '')), false)
    assert.equal(file.sync(), false)
  }))
