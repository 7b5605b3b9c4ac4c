/** What `--net` understands, and what it grants. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { netCaveats } from './net-grants.ts'
import { parseNetTarget } from './net-target.ts'

test('a host means the two ports of the web, and a port means that one', () => {
  assert.deepEqual(parseNetTarget('Example.COM'), {
    ok: true,
    value: { host: 'example.com', ports: [80, 443], address: null },
  })
  assert.deepEqual(parseNetTarget('example.com:8443'), {
    ok: true,
    value: { host: 'example.com', ports: [8443], address: null },
  })
})

test('a literal address and localhost name their own address, and another may be named', () => {
  const addressOf = (text: string): string | null | false => {
    const parsed = parseNetTarget(text)
    return parsed.ok && parsed.value.address
  }
  assert.equal(addressOf('127.0.0.1:4873'), '127.0.0.1')
  assert.equal(addressOf('[::1]:8080'), '::1')
  assert.equal(addressOf('localhost:3000'), '127.0.0.1')
  assert.equal(addressOf('mirror.internal:80=10.0.0.7'), '10.0.0.7')
})

test('what could be read in two ways is no host', () => {
  const wrong = [
    '',
    ':80',
    'a b',
    'user@host',
    'http://host',
    'host/path',
    'host:0',
    'host:99999',
    'host:x',
    '0x7f.1',
  ]
  const more = [
    '127.1',
    '2130706433',
    'host=nothing',
    '::1',
    '[nonsense]',
    '-a.example',
    'a..b',
    '*.example.com',
    'é.example',
  ]
  for (const text of [...wrong, ...more]) assert.equal(parseNetTarget(text).ok, false, text)
})

test('a grant of a host names that host, its ports and its address, and nothing open', () => {
  const { selectors, where, ask } = netCaveats({ host: 'example.com', ports: [443], address: null })
  assert.deepEqual(selectors, ['http/request', 'net/connect'])
  assert.equal(ask, undefined)
  for (const terms of Object.values(where ?? {})) {
    assert.equal(terms.open, undefined)
    assert.deepEqual(terms.arguments['host'], { constraint: { eq: 'example.com' } })
    assert.equal(Object.hasOwn(terms.arguments, 'address'), false)
  }
  const local = netCaveats({ host: '127.0.0.1', ports: [4873], address: '127.0.0.1' })
  assert.deepEqual(local.where?.['net/connect']?.arguments['address'], { constraint: { eq: '127.0.0.1' } })
})
