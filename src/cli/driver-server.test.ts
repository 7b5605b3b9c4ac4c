import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepareServer } from './driver-server.ts'
import { CommandFailure } from './exit.ts'

function prepare(url: string, tokenFile: string | null = null) {
  return prepareServer({ kind: 'server', url, tokenFile }, [], '')
}

test('a server is its URL and the path of its token, never the token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-url-'))
  try {
    const file = join(folder, 'token')
    writeFileSync(file, 'a-very-secret-token\n', { mode: 0o600 })
    const { program } = prepare('https://Mcp.Example.com/v1?x=1', file)
    assert.deepEqual(program, {
      protocol: 'mcp-http',
      url: 'https://mcp.example.com/v1?x=1',
      credential: file,
    })
    chmodSync(file, 0o640)
    assert.throws(() => prepare('https://x/', file), /readable by others/u)
    assert.throws(() => prepare('https://x/', join(folder, 'none')), /no token file/u)
    assert.throws(() => prepare('https://x/', folder), /no token file/u)
    chmodSync(file, 0o600)
    writeFileSync(file, '')
    assert.throws(() => prepare('https://x/', file), /cannot be a token file/u)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an address that could carry a secret, or is none, is refused', () => {
  for (const url of [
    'http://u:p@x/',
    'https://u@x/',
    'https://x/#a',
    'https://x/a@b',
    'ftp://x/',
    'x',
    '/x',
    '',
  ]) {
    assert.throws(() => prepare(url), CommandFailure, url)
  }
})

test('plain http to another machine is warned about, and to this one is not', () => {
  const warned = (url: string): boolean => prepare(url).remarks.some((line) => line.startsWith('WARNING'))
  assert.deepEqual(['http://example.com/', 'http://127.0.0.1.example.com/'].map(warned), [true, true])
  const fine = ['https://example.com/', 'http://127.0.0.1:80/', 'http://localhost/', 'http://[::1]:9/']
  assert.deepEqual(fine.map(warned), [false, false, false, false])
})
