/** Which question is put to the kernel, and which TLS is opened for it, by what a process holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import type { EgressRequest } from '../../sandbox/egress/gate.ts'
import { egressArguments, egressTerms } from '../../sandbox/egress/terms.ts'
import type { SecretHead } from '../vault/secret.ts'
import type { HeldEgress } from './held.ts'
import { heldEgress } from './held.ts'
import { interceptedHosts, mustIntercept } from './interception.ts'
import { chooseSelector, namedSecrets } from './selector-choice.ts'

const request: EgressRequest = {
  kind: 'request',
  scheme: 'https',
  host: 'api.example',
  port: 443,
  method: 'GET',
  path: '/v1',
  bodyBytes: 0,
  bodySha256: '',
  headers: [],
  address: null,
}

function holds(
  ...capabilities: readonly (readonly [selectors: readonly string[], where: Json])[]
): readonly HeldEgress[] {
  const listed = capabilities.map(([selectors, where]) => ({
    selectors: selectors.map((selector) => ({ selector })),
    where: [where],
  }))
  return heldEgress(JSON.parse(JSON.stringify(listed)))
}

function towards(selector: string, host = 'api.example'): readonly [readonly string[], Json] {
  return [[selector], { [selector]: egressTerms(selector, host) } as unknown as Json]
}

const anyhow: Json = { '*': { arguments: {}, open: true } }

function head(name: string, members: Partial<SecretHead> = {}): SecretHead {
  return {
    name,
    hosts: ['api.example'],
    attach: { kind: 'header', name: 'authorization', template: 'Bearer {}' },
    plainHttp: false,
    authorities: '',
    salt: '',
    digest: '',
    ...members,
  }
}

function choose(asked: EgressRequest, held: readonly HeldEgress[], ...heads: readonly SecretHead[]): string {
  const headOf = (name: string): SecretHead | null => heads.find((one) => one.name === name) ?? null
  const chosen = chooseSelector(asked, egressArguments(asked), { held, headOf })
  return chosen.ok ? chosen.value : `! ${chosen.error}`
}

test('a tunnel is a tunnel and a request a request, whether or not anything is held', () => {
  assert.equal(choose({ ...request, kind: 'tunnel' }, []), 'net/connect')
  assert.equal(choose(request, []), 'http/request')
  assert.equal(choose(request, holds([['http/request', 'net/connect'], anyhow])), 'http/request')
})

test('a secret that is held for exactly this request is used for it', () => {
  const held = holds(towards('secret/api'), [['http/request'], anyhow])
  assert.equal(choose(request, held, head('api')), 'secret/api')
  assert.equal(choose({ ...request, host: 'b.example' }, held, head('api')), 'http/request')
  assert.equal(choose({ ...request, port: 8443 }, held, head('api')), 'http/request')
  assert.equal(choose({ ...request, scheme: 'http', port: 80 }, held, head('api')), 'http/request')
  assert.equal(
    choose({ ...request, scheme: 'http', port: 80 }, held, head('api', { plainHttp: true })),
    'secret/api',
  )
  assert.equal(choose(request, held), 'http/request', 'one that is not in the vault is no choice')
  assert.equal(choose(request, held, head('api', { hosts: ['b.example'] })), 'http/request')
})

test('two that fit have to be told apart by name, and a name is asked for even where it is not held', () => {
  const held = holds(towards('secret/one'), towards('secret/two'))
  assert.match(choose(request, held, head('one'), head('two')), /^! the secrets one and two all fit/u)
  const named: EgressRequest = { ...request, headers: [['Authorization', 'token custos-secret:two']] }
  assert.equal(choose(named, held, head('one'), head('two')), 'secret/two')
  assert.equal(choose(named, []), 'secret/two')
  const both: EgressRequest = {
    ...request,
    headers: [
      ['a', 'custos-secret:one'],
      ['b', 'custos-secret:two'],
    ],
  }
  assert.match(choose(both, held, head('one'), head('two')), /more than one/u)
})

test('a placeholder is seen in headers, in passwords and in the query', () => {
  const basic = Buffer.from('user:custos-secret:git').toString('base64')
  assert.deepEqual(namedSecrets({ headers: [['authorization', `Basic ${basic}`]], path: '/' }), ['git'])
  assert.deepEqual(namedSecrets({ headers: [], path: '/a?key=custos-secret%3Aapi&b' }), ['api'])
  assert.deepEqual(namedSecrets({ headers: [['a', 'custos-secret:']], path: '/custos-secret:path' }), [])
})

test('TLS is opened where what is held could not be kept otherwise, and only there', () => {
  const none = (): null => null
  const is = (held: readonly HeldEgress[], host = 'api.example'): boolean =>
    mustIntercept(host, held, none, 'where-needed')
  assert.equal(is(holds()), false)
  assert.equal(is(holds([['http/request', 'net/connect'], anyhow])), false)
  assert.equal(is(holds(towards('http/request'), towards('net/connect'))), false)
  assert.equal(is(holds(towards('http/request'))), true)
  const reading = {
    'http/request': { arguments: { method: { constraint: { eq: 'GET' } } }, open: true },
  } as Json
  assert.equal(is(holds([['http/request'], reading], towards('net/connect'))), true)
  assert.equal(is(holds(towards('http/request')), 'b.example'), false)
  const every = holds([['http/request', 'net/connect'], anyhow])
  assert.equal(mustIntercept('api.example', every, none, 'every-request'), true)
  const secret = holds(towards('secret/api'), [['net/connect'], anyhow])
  assert.equal(is(secret), false, 'a secret that is not in the vault opens nothing')
  assert.equal(
    mustIntercept('api.example', secret, () => head('api'), 'where-needed'),
    true,
  )
  assert.equal(
    mustIntercept('b.example', secret, () => head('api'), 'where-needed'),
    false,
  )
})

test('an authority is bound to the hosts that can be listed', () => {
  const none = (): null => null
  const hosts = (
    held: readonly HeldEgress[],
    headOf: (name: string) => SecretHead | null = none,
  ): readonly string[] | null => interceptedHosts(held, headOf, 'where-needed')
  assert.deepEqual(hosts(holds()), [])
  assert.deepEqual(hosts(holds(towards('http/request'), towards('http/request', 'b.example'))), [
    'api.example',
    'b.example',
  ])
  assert.deepEqual(hosts(holds([['http/request', 'net/connect'], anyhow])), [])
  assert.equal(hosts(holds([['http/request'], anyhow])), null)
  const secret = holds(towards('secret/api'), [['http/request', 'net/connect'], anyhow])
  assert.deepEqual(
    hosts(secret, () => head('api')),
    ['api.example'],
  )
  const glob = {
    'http/request': {
      arguments: { host: { constraint: { glob: '*.example' } }, path: { constraint: { prefix: '/v1' } } },
      open: true,
    },
  } as Json
  assert.equal(hosts(holds([['http/request'], glob], [['net/connect'], anyhow])), null)
})
