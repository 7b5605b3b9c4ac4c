/** Turns: shares by weight, priorities that starve nobody, and nothing saved up by waiting. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Member } from './turns.ts'
import { Turns, agingTurns, memberWith } from './turns.ts'

interface Named extends Member {
  readonly name: string
  went: number
}

function named(name: string, weight = 100, priority = 2): Named {
  return { ...memberWith({ weight, priority }), name, went: 0 }
}

function run(turns: Turns<Named>, count: number, mayGo: (member: Named) => boolean = () => true): string[] {
  return Array.from({ length: count }, () => {
    const member = turns.next(mayGo)
    if (member === null) return ''
    turns.charge(member, 1)
    member.went += 1
    return member.name
  })
}

test('members of equal weight take turns one by one', () => {
  const turns = new Turns<Named>()
  for (const name of ['a', 'b', 'c']) turns.join(named(name))
  assert.deepEqual(run(turns, 6), ['a', 'b', 'c', 'a', 'b', 'c'])
})

test('over a round everybody had turns in proportion to weight', () => {
  const turns = new Turns<Named>()
  const [light, ordinary, heavy] = [named('l', 10), named('o'), named('h', 1000)]
  for (const member of [light, ordinary, heavy]) turns.join(member)
  run(turns, 1110)
  assert.deepEqual([light.went, ordinary.went, heavy.went], [10, 100, 1000])
})

test('a higher priority goes first, and every lower one that waits still goes', () => {
  const turns = new Turns<Named>()
  const members = [0, 1, 2, 3, 4].map((priority) => named(`p${priority}`, 100, priority))
  for (const member of members) turns.join(member)
  assert.deepEqual(run(turns, 3), ['p4', 'p4', 'p4'])
  run(turns, 4000)
  for (const { name, went } of members)
    assert.ok(went > 4000 / (agingTurns + 6), `${name} went ${went} times`)
  assert.ok((members[4]?.went ?? 0) > 2000, 'and the highest goes more often than all the others')
})

test('who may not go is passed over and does not hold up those behind', () => {
  const turns = new Turns<Named>()
  for (const name of ['a', 'b']) turns.join(named(name))
  assert.deepEqual(
    run(turns, 3, ({ name }) => name === 'b'),
    ['b', 'b', 'b'],
  )
  assert.equal(
    turns.next(() => false),
    null,
  )
  assert.deepEqual(run(turns, 2).toSorted(), ['a', 'b'], 'and saved nothing up')
})

test('a turn that costs more is paid for with later turns', () => {
  const turns = new Turns<Named>()
  const [dear, cheap] = [named('dear'), named('cheap')]
  turns.join(dear)
  turns.join(cheap)
  for (let n = 0; n < 600; n++) {
    const member = turns.next(() => true)
    if (member === null) break
    turns.charge(member, member === dear ? 5 : 1)
    member.went += 1
  }
  assert.deepEqual([dear.went, cheap.went], [100, 500])
})

test('another share counts at once', () => {
  const turns = new Turns<Named>()
  const [a, b] = [named('a'), named('b')]
  turns.join(a)
  turns.join(b)
  turns.reshare(b, { weight: 100, priority: 4 })
  assert.deepEqual(run(turns, 3), ['b', 'b', 'b'])
  turns.reshare(b, { weight: 300, priority: 2 })
  a.went = 0
  b.went = 0
  run(turns, 400)
  assert.deepEqual([a.went, b.went], [100, 300])
})
