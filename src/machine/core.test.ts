/** The core over a ledger that says what it was asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { canonDigest, canonVersion } from '../kernel/canon/first-edition.ts'
import { builtinJudge } from '../kernel/gate/judge.ts'
import { initialState } from '../kernel/state.ts'
import type { Ledger, Room } from '../ledger/port.ts'
import { Core } from './core.ts'

function coreOver(room: () => Room) {
  const tasks: (() => void)[] = []
  let durable = 0
  let checkpoints = 0
  const ledger: Ledger = {
    get durable() {
      return durable
    },
    append(events, done) {
      tasks.push(() => {
        durable += events.length
        done(null)
      })
    },
    checkpoint(_at, _root, done) {
      checkpoints += 1
      tasks.push(() => done(null))
    },
    room,
    isMakingRoom: false,
    whenRoomIsKnown: () => undefined,
    close: () => undefined,
  }
  const core = new Core(initialState(), {
    clock: { now: () => id<Instant>(1) },
    judge: builtinJudge,
    ledger,
    defer: (task) => void tasks.push(task),
    fail: () => assert.fail('the ledger does not fail'),
  })
  const settle = () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task()
  }
  const create = () =>
    core.submit({
      kind: 'domain.create',
      name: 'main',
      operatorName: 'ada',
      operatorKey: 'k',
      canonDigest,
      canonVersion,
      policyVersion: builtinJudge.version,
      ledgerKey: 'l',
    })
  return { core, settle, create, checkpoints: () => checkpoints }
}

test('an output waits until what it depends on is durable, and outputs keep their order', () => {
  const { core, settle, create } = coreOver(() => 'ample')
  const released: string[] = []
  core.whenDurable(() => void released.push('before'))
  create()
  core.whenDurable(() => void released.push(`after ${core.durable}`))
  assert.deepEqual(released, [])
  settle()
  assert.deepEqual(released, ['before', 'after 2'])
})

test('nothing new needs no checkpoint, but a ledger short of room is given the chance to look for more', () => {
  let room: Room = 'ample'
  const { core, settle, create, checkpoints } = coreOver(() => room)
  create()
  for (let time = 0; time < 2; time += 1) {
    core.wantCheckpoint()
    settle()
  }
  assert.equal(checkpoints(), 1)
  room = 'reserved'
  core.wantCheckpoint()
  settle()
  assert.equal(checkpoints(), 2)
})
