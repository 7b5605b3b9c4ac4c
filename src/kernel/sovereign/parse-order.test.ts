/** Orders and caveats from untrusted JSON: all of it understood, or none of it accepted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../base/json.ts'
import { parseCaveats } from '../capability/parse-caveats.ts'
import { keyNamed, someProof } from '../../../test/harness/small-realm.ts'
import { parseOrder } from './parse-order.ts'

const digest = 'a'.repeat(64)
const record = (command: JsonObject, changes: JsonObject = {}): JsonObject => ({
  command,
  domain: 'main',
  operator: 1,
  nonce: '0'.repeat(32),
  policyVersion: 'builtin-1',
  canonVersion: 1,
  time: 1,
  ...changes,
})
const program = { protocol: 'mcp-stdio', command: 'x', args: [], cwd: '/', env: {} }
const selectors = [{ selector: 'tools/a', digest, effect: 'act' }]
const orders: readonly JsonObject[] = [
  { do: 'driver.add', name: 'files', manifest: { program, selectors } },
  { do: 'driver.remove', driver: 2 },
  { do: 'agent.add', name: 'bob', tokenDigest: digest },
  { do: 'agent.remove', agent: 3 },
  { do: 'process.kill', process: 4, reason: '' },
  { do: 'process.freeze', process: 4 },
  { do: 'process.thaw', process: 4 },
  { do: 'process.weigh', process: 4, weight: 300, priority: 3 },
  { do: 'subject.add', name: 'carol' },
  { do: 'subject.erase', subject: 3, reason: 'she asked' },
  { do: 'hold.place', reason: 'case 7' },
  { do: 'hold.release', hold: 9, reason: '' },
  { do: 'escrow.create', digest: 'a'.repeat(64), subjects: [3, 7] },
  { do: 'capability.grant', holder: 4, object: 2, caveats: { selectors: ['tools/a'], where: {} } },
  { do: 'capability.revoke', capability: 1 },
  { do: 'call.approve', call: 1, digest, comment: '' },
  { do: 'call.deny', call: 1, digest, comment: 'no' },
  { do: 'domain.resume' },
  { do: 'scope.resume', scope: { agent: 3 } },
  { do: 'scope.resume', scope: { process: 4 } },
  { do: 'operator.enrol', name: 'bob', level: 'co-operator', publicKey: keyNamed('bob'), proof: someProof },
  {
    do: 'operator.enrol',
    name: 'dora',
    level: 'domain-sovereign',
    domain: 'shop',
    publicKey: keyNamed('dora'),
    proof: someProof,
  },
  { do: 'operator.rotate', operator: 1, publicKey: keyNamed('bob'), proof: someProof },
  { do: 'operator.revoke', operator: 1, reason: 'lost' },
  { do: 'order.confirm', proposal: 7, digest },
  { do: 'order.decline', proposal: 7, reason: '' },
  { do: 'domain.register', name: 'shop', weight: 100 },
  { do: 'domain.freeze', name: 'shop', reason: '' },
  { do: 'domain.unfreeze', name: 'shop' },
  { do: 'domain.remove', name: 'shop' },
]

test('every kind of order is accepted as it should be written', () => {
  for (const order of orders) assert.equal(parseOrder(record(order)).ok, true, JSON.stringify(order))
})

test('an order with any member missing, added or of another type is refused', () => {
  for (const order of orders) {
    for (const name of Object.keys(order)) {
      const { [name]: _, ...missing } = order
      assert.equal(parseOrder(record(missing)).ok, false, `${JSON.stringify(order['do'])} without ${name}`)
      assert.equal(
        parseOrder(record({ ...order, [name]: null })).ok,
        false,
        `${JSON.stringify(order['do'])} with ${name} null`,
      )
    }
    assert.equal(parseOrder(record({ ...order, extra: 1 })).ok, false)
  }
  const [order] = orders
  for (const name of Object.keys(record({})))
    assert.equal(parseOrder(record(order ?? {}, { [name]: null })).ok, false, name)
  assert.equal(parseOrder(record(order ?? {}, { extra: 1 })).ok, false)
})

test('an order about operators or domains with a value that cannot be is refused', () => {
  const enrol = {
    do: 'operator.enrol',
    name: 'b',
    level: 'sovereign',
    publicKey: keyNamed('b'),
    proof: someProof,
  }
  const wrong: readonly JsonObject[] = [
    { ...enrol, level: 'root' },
    { ...enrol, domain: 'shop' },
    { ...enrol, level: 'domain-sovereign' },
    { ...enrol, publicKey: 'A'.repeat(43) },
    { ...enrol, proof: 'short' },
    { do: 'operator.revoke', operator: 1, reason: 'bored' },
    { do: 'domain.register', name: 'agent.sock', weight: 1 },
    { do: 'domain.register', name: 'a'.repeat(33), weight: 1 },
    { do: 'domain.register', name: '../x', weight: 1 },
    { do: 'domain.register', name: 'shop', weight: 0 },
    { do: 'domain.register', name: 'shop', weight: 10_001 },
    { do: 'order.confirm', proposal: 0, digest },
    { do: 'order.confirm', proposal: 1, digest: 'A'.repeat(64) },
  ]
  for (const order of wrong) assert.equal(parseOrder(record(order)).ok, false, JSON.stringify(order))
})

test('caveats that are not understood are refused', () => {
  const wrong: readonly Json[] = [
    null,
    [],
    { selector: ['a'] },
    { selectors: [] },
    { selectors: ['*'] },
    { selectors: ['a', 'a'] },
    { uses: 0 },
    { uses: 1.5 },
    { expiresAt: -1 },
    { rate: { count: 1 } },
    { ask: false },
    { derivable: true },
    { argumentsCommitment: digest },
    { where: { a: { arguments: { p: { constraint: { regex: '.*' } } } } } },
    { where: { a: { arguments: { p: { constraint: { eq: 1, any: true } } } } } },
    { where: { a: { arguments: { p: { constraint: { within: '/a/../b' } } } } } },
    { where: { a: { arguments: { p: { constraint: { range: {} } } } } } },
    { where: { a: { arguments: {}, open: false } } },
    { where: { a: { arguments: { p: { constraint: { any: true }, optional: false } } } } },
    { where: { a: { arguments: { p: { constraint: nested(9) } } } } },
  ]
  for (const caveats of wrong) assert.equal(parseCaveats(caveats).ok, false, JSON.stringify(caveats))
  assert.equal(parseCaveats({ where: { a: { arguments: { p: { constraint: nested(7) } } } } }).ok, true)
})

function nested(depth: number): Json {
  return depth === 0 ? { any: true } : { every: nested(depth - 1) }
}
