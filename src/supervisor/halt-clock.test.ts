import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HaltClock } from './halt-clock.ts'
import type { Scope } from './scope.ts'
import { everything } from './scope.ts'
import { nicenessOf } from './share.ts'

const unit = (name: string, domain: string, incarnation = 1) => ({ unit: name, incarnation, domain })

test('a halt has an end in a domain when the last of what it killed there is gone, and not before', () => {
  const clock = new HaltClock()
  const units = [unit('kernel', 'main'), unit('program-1', 'main'), unit('kernel-b', 'b')]
  clock.killed(everything, process.hrtime.bigint(), { killMicros: 70, units })
  clock.ended('kernel-b', 1)
  clock.ended('kernel', 1)
  clock.ended('program-1', 7)
  assert.deepEqual(clock.timesOf(everything, 'main'), { killMicros: 70 })
  const b = clock.timesOf(everything, 'b')?.deadMicros ?? -1
  clock.ended('program-1', 1)
  const main = clock.timesOf(everything, 'main')?.deadMicros ?? -1
  assert.ok(b >= 0 && main >= b)
  clock.ended('kernel', 2)
  assert.equal(clock.timesOf(everything, 'main')?.deadMicros, main, 'a later end of the same unit counted')
})

test('a halt that killed nothing is over with its last kill, and another one of the same scope counts anew', () => {
  const clock = new HaltClock()
  const scope: Scope = { kind: 'agent', domain: 'main', agent: 3 }
  assert.equal(clock.timesOf(scope, 'main'), null)
  clock.killed(scope, process.hrtime.bigint(), { killMicros: 5, units: [] })
  assert.deepEqual(clock.timesOf(scope, 'main'), { killMicros: 5, deadMicros: 5 })
  clock.killed(scope, process.hrtime.bigint(), { killMicros: 6, units: [unit('program-1', 'main')] })
  assert.deepEqual(clock.timesOf(scope, 'main'), { killMicros: 6 })
})

test('only so many halts are remembered', () => {
  const clock = new HaltClock()
  const scope = (process: number): Scope => ({ kind: 'process', domain: 'main', process })
  for (let n = 1; n <= 300; n++) clock.killed(scope(n), process.hrtime.bigint(), { killMicros: n, units: [] })
  assert.equal(clock.timesOf(scope(1), 'main'), null)
  assert.equal(clock.timesOf(scope(300), 'main')?.killMicros, 300)
})

test('a weight is a niceness: 100 is ordinary, less is nicer, and there are bounds', () => {
  const niceness = [100, 80, 50, 10, 1, 125, 100_000].map(nicenessOf)
  assert.deepEqual(niceness, [0, 1, 3, 10, 19, -1, -10])
})
