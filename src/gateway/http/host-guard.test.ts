import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HostGuard } from './host-guard.ts'

const guard = new HostGuard(7_411, '127.0.0.1', null)

test('it serves who asks for this machine by one of its own names', () => {
  for (const host of ['127.0.0.1:7411', 'localhost:7411', 'LOCALHOST', '[::1]:7411', '127.0.0.1:1'])
    assert.equal(guard.isOurs({ host }), true, host)
  for (const host of [
    undefined,
    '',
    'evil.example',
    'evil.example:7411',
    '127.0.0.1.evil.example',
    'localhost.evil.example:7411',
    'evil.example:7411:127.0.0.1',
    '0.0.0.0:7411',
    'user@127.0.0.1',
    '[::1].evil.example',
  ])
    assert.equal(guard.isOurs(host === undefined ? {} : { host }), false, host ?? 'none')
})

test('a page of another site, or of another port, is not served', () => {
  const host = '127.0.0.1:7411'
  for (const origin of ['http://127.0.0.1:7411', 'http://localhost:7411', 'http://[::1]:7411'])
    assert.equal(guard.isOurs({ host, origin }), true, origin)
  for (const origin of ['null', 'http://evil.example', 'http://127.0.0.1:3000', 'https://127.0.0.1:7411', ''])
    assert.equal(guard.isOurs({ host, origin }), false, origin)
})

test('when exposed, the public address counts too, and only that', () => {
  const exposed = new HostGuard(80, '0.0.0.0', 'https://gate.example')
  assert.equal(exposed.isOurs({ host: 'gate.example', origin: 'https://gate.example' }), true)
  assert.equal(exposed.isOurs({ host: 'gate.example', origin: 'http://gate.example' }), false)
  assert.equal(exposed.isOurs({ host: 'other.example' }), false)
  assert.equal(exposed.baseUrl({ host: 'gate.example' }), 'https://gate.example')
  assert.equal(exposed.baseUrl({ host: '127.0.0.1:80' }), 'http://127.0.0.1:80')
})
