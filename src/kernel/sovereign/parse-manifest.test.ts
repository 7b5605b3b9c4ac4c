import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { parseProgram } from './parse-manifest.ts'

test('another domain is a program with its name and nothing else', () => {
  const program = { protocol: 'domain', domain: 'work' }
  assert.deepEqual(parseProgram(program), { ok: true, value: program })
})

test('a domain that could be a path, another file or another kind of program is refused', () => {
  const wrong: readonly Json[] = [
    { protocol: 'domain' },
    { protocol: 'domain', domain: '' },
    { protocol: 'domain', domain: '../main' },
    { protocol: 'domain', domain: 'a/b' },
    { protocol: 'domain', domain: 'a.sock' },
    { protocol: 'domain', domain: 'Work' },
    { protocol: 'domain', domain: 'x'.repeat(33) },
    { protocol: 'domain', domain: 7 },
    { protocol: 'domain', domain: 'work', token: 'custos_x' },
    { protocol: 'domain', domain: 'work', client: ['client/roots'] },
  ]
  for (const program of wrong) assert.equal(parseProgram(program).ok, false, JSON.stringify(program))
})
