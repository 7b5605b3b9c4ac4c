import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { agentOf } from '../kernel/agent.ts'
import { readAbilities } from '../mcp/client-abilities.ts'
import type { Lease } from './agent-pool.ts'
import { SessionSeal } from './sealed-session.ts'
import { SessionTable } from './session-table.ts'
import { StreamStore } from './stream-store.ts'

const key = randomBytes(32)
const abilities = readAbilities({})
const digest = (letter: string): string => letter.repeat(64)

function leases(letter: string) {
  let open = 0
  const agent = agentOf('/nowhere', 'token')
  const take = (): Lease => {
    open += 1
    return { agent, digest: digest(letter), release: () => (open -= 1) }
  }
  return { take, open: () => open }
}

test('a session goes on where it is not in memory any more, with its own token and endpoint only', () => {
  const ann = leases('a')
  const id = new SessionTable(new SessionSeal(key), new StreamStore()).open(
    ann.take(),
    'files',
    '2025-06-18',
    abilities,
  )
  assert.ok(id !== null)
  const restarted = new SessionTable(new SessionSeal(key), new StreamStore())
  assert.equal(restarted.profile(id, digest('b'), 'files'), null)
  assert.equal(restarted.profile(id, digest('a'), null), null)
  const profile = restarted.profile(id, digest('a'), 'files')
  assert.ok(profile !== null)
  const live = restarted.use(profile, ann.take())
  assert.equal(restarted.use(profile, ann.take()), live)
  assert.equal(ann.open(), 2, 'each table holds the agent once')
})

test('a session that was ended does not come back', () => {
  const ann = leases('a')
  const table = new SessionTable(new SessionSeal(key), new StreamStore())
  const id = table.open(ann.take(), null, '2025-06-18', abilities) ?? ''
  const profile = table.profile(id, digest('a'), null)
  assert.ok(profile !== null)
  table.end(profile)
  assert.equal(table.profile(id, digest('a'), null), null)
  assert.equal(ann.open(), 0)
})

test('an agent that opens sessions without end puts out its own, which still come back', () => {
  const [ann, bob] = [leases('a'), leases('b')]
  const table = new SessionTable(new SessionSeal(key), new StreamStore())
  const first = table.open(ann.take(), null, '2025-06-18', abilities) ?? ''
  assert.ok(table.open(bob.take(), null, '2025-06-18', abilities) !== null)
  for (let n = 0; n < 100; n += 1) assert.ok(table.open(ann.take(), null, '2025-06-18', abilities) !== null)
  assert.equal(ann.open(), 64)
  assert.equal(bob.open(), 1)
  assert.ok(table.profile(first, digest('a'), null) !== null)
})

test('sessions that nobody uses leave memory, and an agent that is gone takes its own along', () => {
  const ann = leases('a')
  const table = new SessionTable(new SessionSeal(key), new StreamStore())
  table.open(ann.take(), null, '2025-06-18', abilities)
  table.sweep(Date.now() + 3_600_001)
  assert.equal(ann.open(), 0)
  table.open(ann.take(), null, '2025-06-18', abilities)
  table.forgetAgent(digest('a'))
  assert.equal(ann.open(), 0)
})
