/** Where requests wait for room: bounded, in order, and forgotten when their waiter is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../base/ids.ts'
import type { ObjectId, ProcessId } from '../base/ids.ts'
import { Parking } from './parking.ts'
import type { Waiter } from './waiter.ts'

const waiter = (): Waiter => ({ held: () => undefined, ended: () => undefined, refused: () => undefined })
const request = (bytes: Uint8Array, process = 4) => ({
  process: id<ProcessId>(process),
  designation: { object: id<ObjectId>(2) },
  selector: 'tools/read',
  bytes,
})

test('requests leave in the order they came, once', () => {
  const parking = new Parking()
  const [first, second, third] = [waiter(), waiter(), waiter()]
  for (const one of [first, second, third]) assert.ok(parking.park(request(new Uint8Array(1)), one))
  assert.ok(parking.leave(second))
  assert.equal(parking.leave(second), false)
  assert.equal(parking.size, 2)
  assert.deepEqual([...parking.drain().keys()], [first, third])
  assert.equal(parking.drain().size, 0)
})

test('neither too many requests nor too many bytes wait', () => {
  const parking = new Parking()
  const large = request(new Uint8Array(1024 * 1024))
  let parked = 0
  while (parking.park(large, waiter())) parked += 1
  assert.equal(parked, 64)
  parking.drain()
  parked = 0
  while (parking.park(request(new Uint8Array(1)), waiter())) parked += 1
  assert.equal(parked, 4096)
  assert.ok(parking.park(request(new Uint8Array(1), 5), waiter()), 'another process still can')
})
