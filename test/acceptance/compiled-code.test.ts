/** What Node.js made of our sources is kept and run again, so it is kept only where nobody else can put anything. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const custos = fileURLToPath(new URL('../../bin/custos.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'custos-code-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A folder of this name and mode, whatever the mask of this process. */
function made(name: string, mode: number): string {
  const path = join(folder, name)
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

/** What is kept in `home` after a command. */
function keptIn(home: string): readonly string[] {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const ran = spawnSync(process.execPath, [custos, 'version'], {
    encoding: 'utf8',
    env: { ...env, CUSTOS_HOME: home },
  })
  assert.equal(ran.status, 0, ran.stderr)
  const code = join(home, 'cache', 'code')
  return existsSync(code) ? readdirSync(code) : []
}

test('compiled code is kept in a home that is ours alone', () => {
  assert.notDeepEqual(keptIn(made('own', 0o700)), [])
})

test('compiled code is not kept in a home that others can write to, read, or have put in the place of one', () => {
  assert.deepEqual(keptIn(made('written', 0o720)), [])
  assert.deepEqual(keptIn(made('read', 0o704)), [])
  const link = join(folder, 'link')
  symlinkSync(made('elsewhere', 0o700), link)
  assert.deepEqual(keptIn(link), [])
})

test('no home is made only to keep compiled code in', () => {
  const absent = join(folder, 'absent')
  assert.deepEqual(keptIn(absent), [])
  assert.ok(!existsSync(absent))
})
