/** Whatever a program leaves behind can be taken away: nested beyond what can be held, closed, or both. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openFolder } from './held-folder.ts'
import { removeTreeAt } from './remove-tree.ts'

function withFolder(body: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-remove-')))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const name = 'd'.repeat(20)

function nest(folder: string, levels: number): void {
  const program =
    'my ($top, $name, $levels) = @ARGV; chdir $top; for (1 .. $levels) { mkdir $name; chdir $name; open F, ">", "f" }'
  execFileSync('perl', ['-e', program, folder, name, String(levels)])
}

function remove(path: string): void {
  const above = openFolder(dirname(path))
  removeTreeAt(above, basename(path))
  closeSync(above)
}

test('a tree goes that is deeper than a path can say and than descriptors last', () => {
  withFolder((folder) => {
    nest(folder, 500)
    const program = `
      import { openFolder } from ${JSON.stringify(fileURLToPath(new URL('held-folder.ts', import.meta.url)))}
      import { removeTreeAt } from ${JSON.stringify(fileURLToPath(new URL('remove-tree.ts', import.meta.url)))}
      removeTreeAt(openFolder(${JSON.stringify(folder)}), ${JSON.stringify(name)})`
    // As an ordinary user has it: fewer descriptors than the tree has folders.
    const few = ['--nofile=256:256', process.execPath, '--input-type=module', '--eval', program]
    const { status, stderr } = spawnSync('prlimit', few, { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.ok(!existsSync(join(folder, name)))
  })
})

test('what lies beside it stays, and what a link leads to', () => {
  withFolder((folder) => {
    mkdirSync(join(folder, 'tree/inner'), { recursive: true })
    writeFileSync(join(folder, 'kept'), 'x')
    execFileSync('ln', ['-s', folder, join(folder, 'tree/inner/up')])
    nest(join(folder, 'tree'), 200)
    remove(join(folder, 'tree'))
    assert.ok(existsSync(join(folder, 'kept')))
    assert.ok(!existsSync(join(folder, 'tree')))
  })
})

test('folders that nobody may enter go too, however deep they are', () => {
  withFolder((folder) => {
    nest(folder, 80)
    let path = folder
    for (let level = 0; level < 80; level++) path = join(path, name)
    for (; path !== folder; path = dirname(path)) chmodSync(path, 0)
    remove(join(folder, name))
    assert.ok(!existsSync(join(folder, name)))
  })
})

test('removing what is not there does nothing', () => {
  withFolder((folder) => remove(join(folder, 'missing')))
})
