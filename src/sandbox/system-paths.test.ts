import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptiedFolders, ownHomes, secretPaths, systemFolders } from './system-paths.ts'

test('our own state is always a secret, wherever it lies', () => {
  const secret = secretPaths({ CUSTOS_HOME: '/data/custos', CUSTOS_KEYS: '/keys/../keys/mine' })
  assert.ok(secret.includes('/data/custos'))
  assert.ok(secret.includes('/keys/mine'))
  assert.ok(secret.includes('/etc/shadow'))
})

test('the starter’s home is among the homes, and the root folder never is', () => {
  if (homedir() !== '/') assert.ok(ownHomes().includes(homedir()))
  assert.ok(!ownHomes().includes('/'))
})

test('secrets of a home are found when they exist', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-home-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, '.aws'))
  writeFileSync(join(folder, '.netrc'), '')
  // Homes are learnt once in a process, so another process learns of another one.
  const program = `import { secretPaths } from ${JSON.stringify(new URL('system-paths.ts', import.meta.url).href)}; console.log(JSON.stringify(secretPaths({})))`
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: { HOME: folder },
  })
  const secret = JSON.parse(said) as readonly string[]
  for (const name of ['.aws', '.netrc']) assert.ok(secret.includes(join(folder, name)), name)
})

test('nothing is both always there and emptied', () => {
  for (const path of systemFolders) assert.ok(!emptiedFolders.includes(path), path)
})
