/** Request states: they open once, for whom and what they were sealed, and only while they are whole. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import { RequestStates, requestDigest, stateLifetimeMs } from './request-state.ts'
import { spentLimits } from './spent-nonces.ts'

const binding = { agent: 'a'.repeat(64), request: requestDigest('tools/call', { name: 'x' }) }

function states(): { readonly states: RequestStates; readonly tick: (ms: number) => void } {
  let now = 1_000_000
  return { states: new RequestStates(randomBytes(32), () => now), tick: (ms) => void (now += ms) }
}

test('a state opens to its call, once', () => {
  const { states: all } = states()
  const state = all.seal('call-7', binding)
  assert.deepEqual(all.open(state, binding), { ok: true, value: 'call-7' })
  assert.deepEqual(all.open(state, binding), { ok: false, error: 'spent' })
})

test('a state says nothing, and no two are alike', () => {
  const { states: all } = states()
  const [one, other] = [all.seal('call-7', binding), all.seal('call-7', binding)]
  assert.notEqual(one, other)
  assert.ok(!Buffer.from(fromBase64url(one) ?? []).includes('call-7'))
})

test('a change of any byte is noticed, and so is every cut', () => {
  const { states: all } = states()
  const state = all.seal('call-7', binding)
  const bytes = fromBase64url(state)
  assert.ok(bytes !== null)
  for (const at of bytes.keys()) {
    for (const flip of [1, 128]) {
      const changed = bytes.with(at, bytes[at]! ^ flip)
      assert.deepEqual(all.open(toBase64url(changed), binding), { ok: false, error: 'not-authentic' })
    }
    assert.deepEqual(all.open(toBase64url(bytes.subarray(0, at)), binding), {
      ok: false,
      error: 'not-authentic',
    })
  }
  assert.equal(all.open(state, binding).ok, true, 'failed attempts do not spend it')
})

test('text that was never a state is refused, whatever its size', () => {
  const { states: all } = states()
  for (const text of ['', 'x', '====', '\u0000', 'A'.repeat(40), 'A'.repeat(5_000_000), '-TAMPERED'])
    assert.deepEqual(all.open(text, binding), { ok: false, error: 'not-authentic' })
})

test('a state of another key is not authentic', () => {
  const state = states().states.seal('call-7', binding)
  assert.deepEqual(states().states.open(state, binding), { ok: false, error: 'not-authentic' })
})

test('another agent cannot open it, and trying does not spend it', () => {
  const { states: all } = states()
  const state = all.seal('call-7', binding)
  const other = { ...binding, agent: 'b'.repeat(64) }
  assert.deepEqual(all.open(state, other), { ok: false, error: 'other-agent' })
  assert.equal(all.open(state, binding).ok, true)
})

test('it opens only with the request that it answered', () => {
  const { states: all } = states()
  const state = all.seal('call-7', binding)
  for (const [method, name] of [
    ['tools/call', 'y'],
    ['prompts/get', 'x'],
  ] as const) {
    const other = { ...binding, request: requestDigest(method, { name }) }
    assert.deepEqual(all.open(state, other), { ok: false, error: 'other-request' })
  }
})

test('the digest of a request ignores what differs between rounds, and the order of members', () => {
  const first = requestDigest('tools/call', { name: 'x', arguments: { a: 1, b: 2 }, _meta: { t: 1 } })
  const again = requestDigest('tools/call', {
    arguments: { b: 2, a: 1 },
    inputResponses: { k: {} },
    requestState: 's',
    name: 'x',
  })
  assert.equal(again, first)
  assert.notEqual(requestDigest('tools/call', { name: 'x', arguments: { a: 1 } }), first)
})

test('it expires', () => {
  const { states: all, tick } = states()
  const [one, other] = [all.seal('call-7', binding), all.seal('call-8', binding)]
  tick(stateLifetimeMs - 1)
  assert.equal(all.open(one, binding).ok, true)
  tick(1)
  assert.deepEqual(all.open(other, binding), { ok: false, error: 'expired' })
})

test('a spent state stays spent for as long as it could have been opened', () => {
  const { states: all, tick } = states()
  const early = all.seal('early', binding)
  assert.equal(all.open(early, binding).ok, true)
  tick(stateLifetimeMs - 2)
  const state = all.seal('call-7', binding)
  assert.equal(all.open(state, binding).ok, true)
  assert.deepEqual(all.open(early, binding), { ok: false, error: 'spent' })
  // One more lifetime passes in steps; every one of them may start a new generation.
  for (let step = 0; step < 4; step += 1) {
    tick(stateLifetimeMs / 4 - 1)
    assert.equal(all.open(all.seal('other', binding), binding).ok, true)
    assert.deepEqual(all.open(state, binding), { ok: false, error: 'spent' })
  }
})

test('an agent that opens too many is refused, others are not, and it passes', () => {
  const { states: all, tick } = states()
  for (let count = 0; count < spentLimits.agent; count += 1) {
    assert.equal(all.open(all.seal('call', binding), binding).ok, true)
  }
  assert.deepEqual(all.open(all.seal('call', binding), binding), { ok: false, error: 'too-many' })
  const other = { ...binding, agent: 'b'.repeat(64) }
  assert.equal(all.open(all.seal('call', other), other).ok, true)
  tick(stateLifetimeMs)
  assert.equal(all.open(all.seal('call', binding), binding).ok, true)
})
