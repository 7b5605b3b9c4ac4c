/** Who subscribes floods nothing but its own list. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallId, Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { EventBodies } from '../kernel/event.ts'
import type { State } from '../kernel/state.ts'
import { Subscriptions } from './subscriptions.ts'

const object = 4

/** Calls of one process, as far as a subscription asks about them. */
const state = {
  calls: { get: (call: CallId) => ({ id: call, process: 5, object, capability: 9 }) },
  capabilities: { handleOf: () => 1, has: () => false },
  drivers: new Map(),
} as unknown as State

function ask(subscriptions: Subscriptions, call: number, uri: string): void {
  const body = { call, selector: 'resources/subscribe' } as unknown as EventBodies['call.admitted']
  subscriptions.admitted(state, body, Buffer.from(JSON.stringify({ uri })))
}

test('an address that nobody could be told of is not kept', () => {
  const subscriptions = new Subscriptions()
  const [short, long] = ['file:///a', `file:///${'a'.repeat(12_288)}`]
  ask(subscriptions, 1, short)
  ask(subscriptions, 2, long)
  assert.ok(subscriptions.isWanted(state, object, short, id<Instant>(0)))
  assert.ok(!subscriptions.isWanted(state, object, long, id<Instant>(0)))
})
