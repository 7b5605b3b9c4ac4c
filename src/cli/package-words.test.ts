import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packageCommand, registrySpec } from './package-words.ts'

function read(line: string): unknown {
  const asked = packageCommand(line.split(' '))
  return asked.ok ? asked.value : asked.error
}

test('npx with a package is a package with the arguments that follow it, untouched', () => {
  assert.deepEqual(read('npx -y @modelcontextprotocol/server-filesystem@1.2.3 -y --root=/srv -- x'), {
    spec: '@modelcontextprotocol/server-filesystem@1.2.3',
    bin: null,
    args: ['-y', '--root=/srv', '--', 'x'],
    installed: false,
  })
  assert.deepEqual(read('/usr/bin/npx --yes --quiet server'), {
    spec: 'server',
    bin: null,
    args: [],
    installed: false,
  })
})

test('a package named apart leaves the first word to name the program', () => {
  const expected = { spec: 'pkg@2', bin: 'tool', args: ['-p', 'x'], installed: false }
  for (const flag of ['-p pkg@2', '-p=pkg@2', '--package pkg@2', '--package=pkg@2']) {
    assert.deepEqual(read(`npx -y ${flag} tool -p x`), expected)
  }
})

test('npm exec keeps what follows the dashes', () => {
  const expected = { spec: 'pkg', bin: null, args: ['--flag', 'a'], installed: false }
  assert.deepEqual(read('npm exec -y -- pkg --flag a'), expected)
  assert.deepEqual(read('npm x pkg -- --flag a'), expected)
  assert.match(String(read('npm exec pkg --flag a')), /takes --flag for itself/u)
})

test('what must not be fetched is not', () => {
  for (const flag of ['--no-install', '--no']) {
    assert.deepEqual(read(`npx ${flag} mcp-server-filesystem /srv`), {
      spec: 'mcp-server-filesystem',
      bin: null,
      args: ['/srv'],
      installed: true,
    })
  }
})

test('other commands are none of this', () => {
  for (const line of ['node server.mjs', 'npm run server', 'uvx server', 'mynpx x', 'npm'])
    assert.equal(read(line), null)
})

test('what would run something else than a package is refused', () => {
  assert.match(String(read('npx -c whoami')), /npx -c cannot be followed/u)
  assert.match(String(read('npx --registry=http://evil pkg')), /cannot be followed/u)
  assert.match(String(read('npx -p a -p b tool')), /more than one package/u)
  assert.match(String(read('npx -y')), /names no package/u)
  assert.match(String(read('npx -p')), /names no package/u)
  assert.match(String(read('npx -- --prefix=/tmp')), /is not a package/u)
  assert.match(String(read('npx -p --prefix=/tmp tool')), /is not a package/u)
})

test('a registry package is told from paths and addresses', () => {
  assert.deepEqual(registrySpec('@scope/name@^1.0.0'), { name: '@scope/name', version: '^1.0.0' })
  assert.deepEqual(registrySpec('name'), { name: 'name', version: null })
  for (const spec of ['name@npm:other@1', '@scope/name@npm:other', 'name@https://x/y.tgz', 'name@user/repo'])
    assert.equal(registrySpec(spec), null, spec)
  for (const spec of ['name@file:../x', 'name@./x', 'name@.x', 'name@x.tgz', 'name.tgz'])
    assert.equal(registrySpec(spec), null, spec)
  for (const spec of ['./name', '/srv/name.tgz', 'git+https://x/y', 'user/repo', 'file:x', 'https://x/y.tgz'])
    assert.equal(registrySpec(spec), null)
})
