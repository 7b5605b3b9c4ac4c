import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { binCommand, defaultBin, installedBin, packageFolder, scriptCommand } from './package-bin.ts'

function inFolder(body: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-bin-')))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function chosen(name: string, bin: { readonly [name: string]: string }): unknown {
  const found = defaultBin({ name, version: '1.0.0', bin: new Map(Object.entries(bin)) })
  return found.ok ? found.value : found.error
}

test('the program is the only one, any of equal ones, or the one called like the package', () => {
  assert.equal(chosen('@a/server', { tool: 'x.js' }), 'tool')
  assert.equal(chosen('server', { one: 'x.js', two: 'x.js' }), 'one')
  assert.equal(chosen('@a/server', { other: 'x.js', server: 'y.js' }), 'server')
  assert.match(String(chosen('server', { one: 'x.js', two: 'y.js' })), /several programs \(one, two\)/u)
  assert.match(String(chosen('server', {})), /has no program/u)
})

test('a Node script is run by the Node that runs Custos, with the options it asks for', () =>
  inFolder((folder) => {
    const file = join(folder, 'x')
    const lines: { readonly [line: string]: readonly string[] | null } = {
      '#!/usr/bin/env node': [],
      '#! /usr/bin/node': [],
      '#!/usr/local/bin/node --no-warnings': ['--no-warnings'],
      '#!/usr/bin/env -S node --no-warnings --import=./y.mjs': ['--no-warnings', '--import=./y.mjs'],
      '#!/usr/bin/env bun': null,
      '#!/usr/bin/env nodejs-like': null,
      '#!/bin/sh': null,
      '': null,
    }
    for (const [line, options] of Object.entries(lines)) {
      writeFileSync(file, `${line}\r\nrest\n`)
      const expected =
        options === null
          ? { command: file, args: [] }
          : { command: process.execPath, args: [...options, file] }
      assert.deepEqual(scriptCommand(file), expected, line)
    }
  }))

test('a program that lies outside its package is refused', () =>
  inFolder((folder) => {
    const inside = join(folder, 'pkg')
    mkdirSync(inside)
    writeFileSync(join(folder, 'outside.js'), '#!/usr/bin/env node\n')
    writeFileSync(join(inside, 'main.js'), '#!/usr/bin/env node\n')
    symlinkSync('../outside.js', join(inside, 'link.js'))
    const bin = { main: './main.js', up: '../outside.js', link: 'link.js', lost: 'lost.js' }
    writeFileSync(join(inside, 'package.json'), JSON.stringify({ name: 'pkg', version: '1.0.0', bin }))
    assert.deepEqual(binCommand(inside, 'main'), {
      ok: true,
      value: { command: process.execPath, args: [join(inside, 'main.js')] },
    })
    for (const name of ['up', 'link', 'lost', 'absent'])
      assert.equal(binCommand(inside, name).ok, false, name)
  }))

test('a file belongs to the innermost package around it', () => {
  assert.equal(packageFolder('/p/node_modules/a/x/y.js'), '/p/node_modules/a')
  assert.equal(packageFolder('/p/node_modules/@s/a/y.js'), '/p/node_modules/@s/a')
  assert.equal(packageFolder('/p/node_modules/a/node_modules/b/y.js'), '/p/node_modules/a/node_modules/b')
  assert.equal(packageFolder('/p/node_modules/.bin/a'), null)
  assert.equal(packageFolder('/p/src/y.js'), null)
})

test('an installed program is found upwards, and its links are resolved', () =>
  inFolder((folder) => {
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
    mkdirSync(join(folder, 'node_modules', 'pkg'))
    mkdirSync(join(folder, 'a', 'b'), { recursive: true })
    writeFileSync(join(folder, 'node_modules', 'pkg', 'main.js'), '')
    symlinkSync('../pkg/main.js', join(folder, 'node_modules', '.bin', 'tool'))
    assert.equal(installedBin(join(folder, 'a', 'b'), 'tool'), join(folder, 'node_modules', 'pkg', 'main.js'))
    assert.equal(installedBin(join(folder, 'a', 'b'), 'no-such-tool-anywhere'), null)
  }))
