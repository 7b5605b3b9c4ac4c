/** Changes of authority in words: what ended with them, and what of it cannot be undone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../kernel/event.ts'
import { showEvent } from './event-rendering.ts'
import { noNames } from './names.ts'

function shown(kind: string, body: object): string {
  const actor = { kind: 'kernel', id: 0 }
  const envelope = { seq: 1, at: 1, actor, cause: 0, authority: null, payload: null }
  return showEvent({ ...envelope, kind, body } as unknown as Event, noNames())
}

test('calls that had left are named by themselves', () => {
  const revoked = shown('capability.revoked', { capability: 3, cut: [4, 5], left: [5], signed: null })
  assert.match(revoked, /c3 .*revoked; calls cut: 4, 5; had left already, and cannot be undone: 5$/u)
  assert.doesNotMatch(shown('capability.revoked', { capability: 3, cut: [4], signed: null }), /left already/u)
  assert.doesNotMatch(shown('capability.revoked', { capability: 3, cut: [], signed: null }), /cut/u)
})

test('a move names both holders, a narrowing what was added, a second approval what is missing', () => {
  assert.match(
    shown('capability.moved', { capability: 3, from: 4, holder: 6, handle: 2, cut: [] }),
    /c3 moved from process 4 to process 6 as handle 2$/u,
  )
  const caveats = { budget: { amount: 5 }, quorum: 2, approvals: 3, fourEyes: true }
  const narrowed = shown('capability.narrowed', { capability: 3, caveats, cut: [] })
  for (const words of [/may cost 5 together/u, /takes 2 capabilities/u, /by 3 different/u, /four eyes/u])
    assert.match(narrowed, words)
  const seconded = { call: 1, operator: 2, comment: 'fine', missing: 1 }
  assert.match(shown('call.seconded', seconded), /approved by .*“fine”; 1 more must$/u)
})
