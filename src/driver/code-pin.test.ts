import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { StdioProgram } from '../kernel/manifest.ts'
import { listCode } from './code-folder.ts'
import { differencesFrom, listingPath, pinCode, whyCodeDiffers } from './code-pin.ts'

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-pin-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A small package: files, an executable, a folder with nothing in it, links within and out. */
function makeTree(folder: string): string {
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'lib', 'empty'), { recursive: true })
  writeFileSync(join(tree, 'main.mjs'), 'start()\n')
  writeFileSync(join(tree, 'lib', 'a.js'), 'a\n')
  writeFileSync(join(tree, 'lib', 'big.bin'), Buffer.alloc(3_000_000, 7))
  writeFileSync(join(tree, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('lib/a.js', join(tree, 'inside'))
  symlinkSync('/etc/hostname', join(tree, 'outside'))
  return tree
}

async function digestOf(path: string): Promise<string> {
  const pin = await pinCode(path, '')
  assert.ok(pin.ok, pin.ok ? '' : pin.error)
  return pin.value.digest
}

function program(code: StdioProgram['code']): StdioProgram {
  return {
    protocol: 'mcp-stdio',
    command: '/x',
    args: [],
    cwd: '/',
    env: {},
    ...(code === undefined ? {} : { code }),
  }
}

test('equal folders have equal digests, whatever their times, places and order of writing', () =>
  inFolder(async (folder) => {
    const tree = makeTree(folder)
    const copy = join(folder, 'elsewhere')
    cpSync(tree, copy, { recursive: true, verbatimSymlinks: true })
    utimesSync(join(copy, 'main.mjs'), 1, 1)
    chmodSync(join(copy, 'main.mjs'), 0o600)
    assert.equal(await digestOf(copy), await digestOf(tree))
  }))

const changes: { readonly [what: string]: (tree: string) => void } = {
  'another byte': (tree) => writeFileSync(join(tree, 'main.mjs'), 'start();\n'),
  'a byte late in a large file': (tree) => {
    const bytes = Buffer.alloc(3_000_000, 7)
    bytes[2_999_999] = 8
    writeFileSync(join(tree, 'lib', 'big.bin'), bytes)
  },
  'a file more': (tree) => writeFileSync(join(tree, 'lib', 'empty', 'b.js'), ''),
  'a file less': (tree) => rmSync(join(tree, 'lib', 'a.js')),
  'another name': (tree) => renameSync(join(tree, 'main.mjs'), join(tree, 'main2.mjs')),
  'another place': (tree) => renameSync(join(tree, 'main.mjs'), join(tree, 'lib', 'main.mjs')),
  'a folder more': (tree) => mkdirSync(join(tree, 'lib', 'more')),
  'an executable bit': (tree) => chmodSync(join(tree, 'main.mjs'), 0o755),
  'another target of a link': (tree) => {
    rmSync(join(tree, 'inside'))
    symlinkSync('lib/big.bin', join(tree, 'inside'))
  },
  'a link in place of the file it leads to': (tree) => {
    renameSync(join(tree, 'main.mjs'), join(tree, '..', 'main.mjs'))
    symlinkSync('../main.mjs', join(tree, 'main.mjs'))
  },
}

for (const [what, change] of Object.entries(changes)) {
  test(`${what} makes another digest`, () =>
    inFolder(async (folder) => {
      const tree = makeTree(folder)
      const before = await digestOf(tree)
      change(tree)
      assert.notEqual(await digestOf(tree), before)
    }))
}

test('what a link out of the folder leads to is not read', () =>
  inFolder(async (folder) => {
    const tree = makeTree(folder)
    writeFileSync(join(folder, 'target'), 'one')
    symlinkSync('../target', join(tree, 'leaving'))
    const before = await digestOf(tree)
    writeFileSync(join(folder, 'target'), 'two')
    assert.equal(await digestOf(tree), before)
    rmSync(join(folder, 'target'))
    assert.equal(await digestOf(tree), before)
  }))

test('names that look like lines of a listing cannot stand for other files', () =>
  inFolder(async (folder) => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    mkdirSync(one)
    mkdirSync(two)
    writeFileSync(join(one, 'a"\nfolder "b'), '')
    writeFileSync(join(two, 'a'), '')
    mkdirSync(join(two, 'b'))
    assert.notEqual(await digestOf(one), await digestOf(two))
    const listing = await listCode(one)
    assert.equal(listing.ok && listing.value.split('\n').length, 2)
  }))

test('a file is pinned by its bytes, also through a link', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'script'), 'one')
    symlinkSync('script', join(folder, 'link'))
    const before = await digestOf(join(folder, 'link'))
    assert.equal(before, await digestOf(join(folder, 'script')))
    writeFileSync(join(folder, 'script'), 'two')
    assert.notEqual(await digestOf(join(folder, 'link')), before)
  }))

test('pipes, missing things and endless nesting are refused', () =>
  inFolder(async (folder) => {
    assert.deepEqual(await pinCode(join(folder, 'nothing'), ''), {
      ok: false,
      error: `${join(folder, 'nothing')} cannot be read: ENOENT`,
    })
    const pipes = join(folder, 'pipes')
    mkdirSync(pipes)
    assert.equal(spawnSync('mkfifo', [join(pipes, 'fifo')]).status, 0)
    const piped = await pinCode(pipes, '')
    assert.ok(!piped.ok && piped.error.endsWith('fifo is neither a file, a folder nor a link'))
    const alone = await pinCode(join(pipes, 'fifo'), '')
    assert.ok(!alone.ok && alone.error.endsWith('fifo is neither a file nor a folder'))
    mkdirSync(join(folder, 'deep', ...Array.from({ length: 70 }, () => 'd')), { recursive: true })
    const deep = await pinCode(join(folder, 'deep'), '')
    assert.ok(!deep.ok && deep.error.includes('nested more than 64'))
  }))

test('a program without pins has nothing that could differ', async () => {
  assert.equal(await whyCodeDiffers(program(undefined)), null)
  assert.equal(await whyCodeDiffers(program([])), null)
})

test('unchanged code is as pinned; changed and missing code is told by name', () =>
  inFolder(async (folder) => {
    const tree = makeTree(folder)
    const pin = { path: tree, digest: await digestOf(tree), origin: 'npm x@1.0.0' }
    assert.equal(await whyCodeDiffers(program([pin])), null)
    writeFileSync(join(tree, 'lib', 'a.js'), 'b\n')
    const changed = `the pinned code ${tree} was changed since it was accepted`
    assert.equal(await whyCodeDiffers(program([pin])), changed)
    rmSync(tree, { recursive: true })
    assert.equal(
      await whyCodeDiffers(program([pin])),
      `the pinned code is not there any more: ${tree} cannot be read: ENOENT`,
    )
  }))

test('with the listing kept beside the folder the first difference is named, and every one can be', () =>
  inFolder(async (folder) => {
    const tree = makeTree(folder)
    const listing = await listCode(tree)
    assert.ok(listing.ok)
    writeFileSync(listingPath(tree), listing.value)
    const pin = { path: tree, digest: await digestOf(tree), origin: '' }
    writeFileSync(join(tree, 'lib', 'a.js'), 'b\n')
    writeFileSync(join(tree, 'notes.jsonl'), '{}')
    rmSync(join(tree, 'inside'))
    assert.deepEqual(await differencesFrom(pin), [
      '"inside" is gone',
      '"lib/a.js" is not the same',
      '"notes.jsonl" is new',
    ])
    assert.equal(
      await whyCodeDiffers(program([pin])),
      `the pinned code ${tree} was changed since it was accepted: "inside" is gone`,
    )
  }))

test('a listing that was tampered with is not believed', () =>
  inFolder(async (folder) => {
    const tree = makeTree(folder)
    const pin = { path: tree, digest: await digestOf(tree), origin: '' }
    writeFileSync(join(tree, 'main.mjs'), 'steal()\n')
    const forged = await listCode(tree)
    assert.ok(forged.ok)
    writeFileSync(listingPath(tree), forged.value)
    assert.deepEqual(await differencesFrom(pin), [])
    assert.notEqual(await whyCodeDiffers(program([pin])), null)
  }))
