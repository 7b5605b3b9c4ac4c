/** Attack card, line 13, on the wire: everything an approval could be forged from. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { generateSigningKey, sign } from '../../../src/base/signature.ts'
import type { Answer } from '../../../src/wire/answer.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('13: a hand-written or copied approval is refused', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { selectors: ['tools/send'], ask: true })
    const waiting = [call(bob, 'tools/send', { n: 1 }), call(bob, 'tools/send', { n: 2 })]
    const [one, two] = await world.held(2)
    assert.ok(one && two)
    const { operator } = world
    const approve = { do: 'call.approve', call: one.call, digest: one.digest, comment: '' }
    const code = (answer: Answer) => (answer.kind === 'refusal' ? answer.refusal.code : answer.kind)

    assert.equal(
      code(await operator.order(approve, {}, generateSigningKey())),
      'signature-invalid',
      'own key',
    )
    assert.equal(code(await operator.order(approve, { operator: 99 })), 'signature-invalid', 'nobody')
    assert.equal(code(await operator.order({ ...approve, digest: two.digest })), 'version-mismatch', 'copied')
    assert.equal(code(await operator.order({ ...approve, digest: 'a'.repeat(64) })), 'version-mismatch')
    assert.equal(code(await operator.order({ ...approve, call: 999 })), 'not-found')
    assert.equal(code(await operator.order(approve, { domain: 'other' })), 'not-entitled', 'another domain')
    assert.equal(code(await operator.order(approve, { policyVersion: 'builtin-0' })), 'version-mismatch')
    assert.equal(code(await operator.order(approve, { canonVersion: 2 })), 'version-mismatch')

    // One record that verifies, and everything that can be done to its bytes.
    const record = {
      command: { ...approve, call: two.call, digest: two.digest },
      domain: 'main',
      operator: 1,
      nonce: '0123456789abcdef'.repeat(2),
      policyVersion: 'builtin-1',
      canonVersion: 1,
      time: Date.now(),
    }
    const text = canonicalJson(record)
    const signature = sign(world.home.key, Buffer.from(text))
    const send = (bytes: string, by: unknown = signature) =>
      operator.client.request({ op: 'order', signature: by as string }, Buffer.from(bytes))
    const altered: readonly (readonly [string, string])[] = [
      [text.replace(two.digest, one.digest), 'signature-invalid'],
      [text.replace(`"call":${two.call}`, `"call":${one.call}`), 'signature-invalid'],
      [text.replace('"comment":""', '"comment":"fine"'), 'signature-invalid'],
      [text.replace('0123', '1123'), 'signature-invalid'],
      [text.replace(/"time":\d+/, `"time":${record.time + 1}`), 'signature-invalid'],
      [text.replace(',', ', '), 'bad-request'],
      [`${text} `, 'bad-request'],
      [text.replace('"comment":""', '"comment":"","comment":""'), 'bad-request'],
      [text.replace('{', '{"always":true,'), 'bad-request'],
      [text.slice(0, -1), 'bad-request'],
      ['', 'bad-request'],
    ]
    for (const [bytes, expected] of altered) assert.equal(code(await send(bytes)), expected, bytes)
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
    for (const by of [flipped, '', signature.slice(0, -1), `${signature}A`, 'é'.repeat(86)]) {
      assert.equal(code(await send(text, by)), 'signature-invalid', by)
    }
    for (const by of [null, 7, {}, []]) assert.equal(code(await send(text, by)), 'bad-request')

    await world.fence()
    assert.deepEqual(world.box.seen, [], 'nothing has run')
    assert.equal((await world.held(2)).length, 2, 'both still wait')
    assert.deepEqual(ofKind(world.events(), 'call.approved'), [])
    assert.equal(code(await send(text)), 'reply', 'unaltered, it counts')
    assert.equal(code(await send(text)), 'order-replayed')
    assert.equal(verdict(await (waiting[1] as Promise<never>)), 'done')
    await operator.must({ ...approve, do: 'call.deny' })
    assert.equal(verdict(await (waiting[0] as Promise<never>)), 'approval-denied')
    assert.deepEqual(world.box.bodies, ['{"n":2}'])
    const refused = ofKind(world.events(), 'order.refused').map(({ body }) => body.code)
    assert.equal(refused.filter((item) => item === 'signature-invalid').length, 2 + 5 + 5)
    assert.equal(refused.filter((item) => item === 'version-mismatch').length, 4)
  }))
