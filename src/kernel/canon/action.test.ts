/** Reading the orders that are about the canon and the code. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { tagged, parse } from '../../base/shape.ts'
import type { CanonAction } from './action.ts'
import { canonOrders, parseSignatures } from './action.ts'

const digest = 'ab'.repeat(32)
const anOrder = tagged<CanonAction, 'do'>('do', canonOrders)
const parseCanonAction = (command: JsonObject) => parse(anOrder, command, 'An order')

test('code is accepted by a digest, and by nothing else', () => {
  const right = { do: 'code.accept', digest }
  assert.deepEqual(parseCanonAction(right), { ok: true, value: right })
  const wrong: readonly JsonObject[] = [
    { do: 'code.accept' },
    { ...right, digest: digest.slice(2) },
    { ...right, digest: `${digest}ab` },
    { ...right, digest: digest.toUpperCase() },
    { ...right, digest: 7 },
    { ...right, digest: [digest] },
    { ...right, more: 1 },
  ]
  for (const command of wrong) assert.equal(parseCanonAction(command).ok, false, JSON.stringify(command))
})

test('an amendment needs a canon and a list of signatures, and nothing more', () => {
  for (const command of [
    {},
    { canon: null, signatures: [] },
    { canon: {}, signatures: [] },
    { signatures: [] },
  ])
    assert.equal(parseCanonAction({ do: 'canon.amend', ...command }).ok, false)
})

test('signatures are a list of keys and signatures, both text, and nothing more', () => {
  const one = { publicKey: 'k', signature: 's' }
  assert.deepEqual(parseSignatures([one, one]), { ok: true, value: [one, one] })
  assert.deepEqual(parseSignatures([]), { ok: true, value: [] })
  const wrong = [null, 'ks', [], {}, { publicKey: 'k' }, { ...one, publicKey: 1 }, { ...one, signature: 1 }]
  for (const item of [...wrong, { ...one, more: 1 }])
    assert.equal(parseSignatures([one, item]).ok, false, JSON.stringify(item))
  for (const list of [undefined, null, one, 'x']) assert.equal(parseSignatures(list).ok, false)
})

test('what is about something else is none of these', () => {
  assert.equal(parseCanonAction({ do: 'agent.add', digest }).ok, false)
  assert.equal(parseCanonAction({ digest }).ok, false)
})
