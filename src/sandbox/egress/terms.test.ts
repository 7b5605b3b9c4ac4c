/** Grants of the network, judged by the kernel's own rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../base/json.ts'
import { satisfies } from '../../kernel/capability/constraint.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { ArgumentTerms } from '../../kernel/capability/terms.ts'
import type { EgressRequest } from './gate.ts'
import { addressPins, egressArguments, egressTerms } from './terms.ts'

const request: EgressRequest = {
  kind: 'request',
  scheme: 'http',
  host: 'api.example',
  port: 80,
  method: 'POST',
  path: '/a?b',
  bodyBytes: 3,
  bodySha256: 'ba7816bf',
  headers: [['Host', 'api.example']],
  address: null,
}
const tunnel: EgressRequest = { ...request, kind: 'tunnel', scheme: 'https', port: 443 }

/** As the kernel judges arguments against one level that is not open. */
function allows(terms: ArgumentTerms, values: JsonObject): boolean {
  const named = Object.entries(terms.arguments)
  const areThere = named.every(
    ([name, { constraint }]) => Object.hasOwn(values, name) && satisfies(constraint, values[name] ?? null),
  )
  return areThere && Object.keys(values).every((name) => Object.hasOwn(terms.arguments, name))
}

test('the terms of a host allow requests and tunnels to it and to nothing else', () => {
  const requests = egressTerms('http/request', 'api.example')
  const tunnels = egressTerms('net/connect', 'api.example')
  assert.ok(allows(requests, egressArguments(request)))
  assert.ok(allows(tunnels, egressArguments(tunnel)))
  assert.ok(!allows(requests, egressArguments({ ...request, host: 'other.example' })))
  assert.ok(!allows(requests, egressArguments({ ...request, port: 8080 })))
  assert.ok(!allows(tunnels, egressArguments({ ...tunnel, port: 22 })))
  assert.ok(
    allows(
      egressTerms('net/connect', 'api.example', { ports: [22] }),
      egressArguments({ ...tunnel, port: 22 }),
    ),
  )
  assert.ok(allows(egressTerms('secret/token', 'api.example'), egressArguments(request)))
})

test('an address near us is outside every grant that does not name it', () => {
  const near = egressArguments({ ...request, address: '127.0.0.1' })
  assert.ok(!allows(egressTerms('http/request', 'api.example'), near))
  const granted = egressTerms('http/request', 'api.example', { address: '127.0.0.1' })
  assert.ok(allows(granted, near))
  assert.ok(!allows(granted, egressArguments({ ...request, address: '127.0.0.2' })))
  assert.ok(!allows(granted, egressArguments(request)))
})

test('the kernel takes the terms as caveats', () => {
  const terms = egressTerms('http/request', 'api.example', { address: '10.0.0.1' }) as unknown as Json
  const caveats = { selectors: ['http/request'], where: { 'http/request': terms } }
  assert.ok(parseCaveats(caveats) !== null)
})

test('only the root of a capability names addresses, and only beside the very host', () => {
  const level = (host: Json, address: Json): Json => ({
    'http/request': { arguments: { host: { constraint: host }, address: { constraint: address } } },
  })
  const granted = level({ eq: 'api.example' }, { eq: '10.0.0.1' })
  const open: Json = { '*': { arguments: {}, open: true } }
  const pins = (where: readonly Json[], host = 'api.example'): readonly string[] =>
    addressPins(where, 'http/request', host)
  assert.deepEqual(pins([granted]), ['10.0.0.1'])
  assert.deepEqual(pins([open, granted]), ['10.0.0.1'])
  assert.deepEqual(pins([granted, open]), [])
  assert.deepEqual(pins([granted], 'other.example'), [])
  assert.deepEqual(pins([level({ in: ['a', 'api.example'] }, { in: ['10.0.0.1', '::1'] })]), [
    '10.0.0.1',
    '::1',
  ])
  assert.deepEqual(pins([level({ any: true }, { eq: '10.0.0.1' })]), [])
  assert.deepEqual(pins([level({ glob: '*' }, { eq: '10.0.0.1' })]), [])
  assert.deepEqual(pins([level({ eq: 'api.example' }, { any: true })]), [])
  assert.deepEqual(pins([level({ eq: 'api.example' }, { eq: '10.1' })]), [])
  assert.deepEqual(addressPins([granted], 'net/connect', 'api.example'), [])
  assert.deepEqual(pins([]), [])
})
