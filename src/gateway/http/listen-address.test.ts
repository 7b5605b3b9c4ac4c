import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenAddress } from './listen-address.ts'

test('it listens on loopback unless told otherwise', () => {
  assert.deepEqual(listenAddress({}), {
    ok: true,
    value: { host: '127.0.0.1', port: 7_411, publicUrl: null },
  })
  const chosen = listenAddress({ CUSTOS_PORT: '0' })
  assert.ok(chosen.ok && chosen.value.port === 0)
  const other = listenAddress({ CUSTOS_LISTEN: '[::1]:80' })
  assert.ok(other.ok && other.value.host === '::1' && other.value.port === 80)
})

test('beyond this machine it needs the https address of its clients', () => {
  assert.equal(listenAddress({ CUSTOS_LISTEN: '0.0.0.0:7411' }).ok, false)
  for (const publicUrl of [
    'http://gate.example',
    'https://gate.example/x',
    'https://u:p@gate.example',
    'gate',
    '',
  ])
    assert.equal(
      listenAddress({ CUSTOS_LISTEN: '0.0.0.0:7411', CUSTOS_PUBLIC_URL: publicUrl }).ok,
      false,
      publicUrl,
    )
  const exposed = listenAddress({ CUSTOS_LISTEN: '0.0.0.0:7411', CUSTOS_PUBLIC_URL: 'https://gate.example/' })
  assert.deepEqual(exposed, {
    ok: true,
    value: { host: '0.0.0.0', port: 7_411, publicUrl: 'https://gate.example' },
  })
})

test('what is no address is a sentence', () => {
  for (const listen of ['7411', ':7411', '127.0.0.1', '127.0.0.1:x', '127.0.0.1:99999'])
    assert.equal(listenAddress({ CUSTOS_LISTEN: listen }).ok, false, listen)
})
