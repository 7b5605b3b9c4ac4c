/** Events in words: drivers as holders, traces, and nothing that could draw on the screen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../kernel/event.ts'
import { showEvent } from './event-rendering.ts'
import { learnNames, noNames } from './names.ts'

const signed = { record: '{}', signature: '' }
const program = {
  protocol: 'mcp-stdio',
  command: '/b',
  args: [],
  cwd: '/',
  env: {},
  client: ['client/roots'],
}
const verdict = { effect: 'allow', version: 'v', reasons: [] }

function event(kind: string, body: object): Event {
  const envelope = {
    seq: 1,
    at: 1,
    actor: { kind: 'kernel', id: 0 },
    cause: 0,
    authority: null,
    payload: null,
  }
  return { ...envelope, kind, body } as unknown as Event
}

const names = noNames()
learnNames(
  names,
  event('driver.added', { driver: 2, name: 'files', manifest: { program, selectors: [] }, signed }),
)
learnNames(names, event('agent.added', { agent: 3, process: 4, name: 'scout', tokenDigest: '', signed }))

test('a driver that asks its client is named as a driver', () => {
  const asked = { process: 2, object: 2, selector: 'client/roots', effect: 'observe', verdict }
  assert.equal(
    showEvent(event('call.admitted', { ...asked, call: 7, capability: 5, deadline: 9 }), names),
    'call 7: driver files asks its client for client/roots (observe) is admitted under c5',
  )
  assert.equal(
    showEvent(event('syscall.refused', { ...asked, code: 'not-held', message: 'No.', needed: '' }), names),
    'driver files was refused client/roots, asked of its client: not-held: No.',
  )
})

test('an updated manifest is told with what the driver is told of', () => {
  const updated = event('driver.updated', { driver: 2, manifest: { program, selectors: [{}] }, signed })
  assert.match(
    showEvent(updated, names),
    /driver files \(driver 2\) was updated, with 1 pinned selectors; is told of/u,
  )
})

test('the trace of a call is shown, escaped', () => {
  const call = {
    process: 4,
    object: 2,
    selector: 'tools/read',
    effect: 'observe',
    verdict,
    trace: '00-ab\u001b',
  }
  assert.match(
    showEvent(event('call.admitted', { ...call, call: 7, capability: 5, deadline: 9 }), names),
    /agent scout \(process 4\) tools\/read \(observe\) on driver files \[trace 00-ab\\u\{1b\}\]/u,
  )
})

test('of an answer it is told that there is one', () => {
  const approved = { call: 7, capability: 5, operator: 1, comment: '', answer: 'ab'.repeat(32), signed }
  assert.match(showEvent(event('call.approved', approved), names), / and answered$/u)
})
