/** One reading of `host:port`, and a reason for everything that is not read so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readAuthority, readHost } from './authority.ts'

test('names, addresses and ports are read', () => {
  const cases: readonly (readonly [text: string, host: string, port: number])[] = [
    ['api.example', 'api.example', 80],
    ['API.Example:8080', 'api.example', 8080],
    ['_service.api-1.example', '_service.api-1.example', 80],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example', 80],
    ['93.184.215.14:443', '93.184.215.14', 443],
    ['[2606:2800:21f:CB07::1]', '2606:2800:21f:cb07::1', 80],
    ['[::ffff:10.0.0.1]:8080', '10.0.0.1', 8080],
  ]
  for (const [text, host, port] of cases) {
    const read = readAuthority(text, 80)
    assert.ok(read.ok, text)
    assert.deepEqual([read.value.host, read.value.port], [host, port], text)
  }
})

test('everything else is refused with a reason', () => {
  const wrong = [
    '',
    ':80',
    'a:',
    'a:0',
    'a:65536',
    'a:080',
    'a:8o',
    'a:1:2',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'a\\b',
    'a,b',
    'u@a',
    'u:p@a',
    '@a',
    'a@',
    '%61',
    'a%00b',
    'é.example',
    '①.example',
    'a..b',
    '.a',
    'a.',
    '-a',
    'a-',
    'a.-b.c',
    '1',
    '1.2',
    '1.2.3',
    '1.2.3.4.5',
    '0x7f000001',
    '0x',
    'a.0x1',
    'a.1',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.',
    '[',
    ']',
    '[]',
    '[1.2.3.4]',
    '[::1',
    '::1',
    '[::1]x',
    '[::1%lo]',
    '[fe80::1%25eth0]',
    '[[::1]]',
    '[::1]]:80',
    'xn--0.example',
    'xn--.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}a`,
  ]
  for (const text of wrong) {
    const read = readAuthority(text, 80)
    assert.ok(!read.ok, text)
    assert.match(read.error, /\w/)
  }
})

test('whatever is read is read again as itself', () => {
  const part = fc.constantFrom(
    'a',
    'B',
    '1',
    '0x7f',
    '127',
    '.',
    '..',
    '-',
    ':',
    '[',
    ']',
    '::',
    '%',
    '@',
    'xn--',
    '/',
    '\u2460',
  )
  const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (given) => {
      const read = readHost(given)
      if (!read.ok) return
      const again = readHost(read.value.address?.family === 6 ? `[${read.value.host}]` : read.value.host)
      assert.ok(again.ok)
      assert.deepEqual(again.value, read.value)
    }),
    { numRuns: 3000 },
  )
})
