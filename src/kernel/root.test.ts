/** The state root: old ledgers have the roots they had, and nothing but what is known goes into a root. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SmallDomain } from '../../test/harness/small-domain.ts'
import { id } from '../base/ids.ts'
import { CapabilityTable } from './capability/table.ts'
import type { Event } from './event.ts'
import { evolve } from './evolve.ts'
import { stateRoot } from './root.ts'
import { initialState } from './state.ts'

const open = { '*': { arguments: {}, open: true } } as const
/** Events with the roots after each of them, as version 1 signed them: no boot says how the state is kept. */
const recorded = readFileSync(
  fileURLToPath(new URL('../../test/fixtures/state-roots-v1.jsonl', import.meta.url)),
  'utf8',
)

test('a ledger from before there were rules refolds to the roots it was signed with', () => {
  const state = initialState()
  const lines = recorded.trimEnd().split('\n')
  assert.ok(lines.length > 200)
  for (const line of lines) {
    const { event, root } = JSON.parse(line) as { event: Event; root: string }
    evolve(state, event)
    assert.equal(stateRoot(state), root, `after ${event.seq} ${event.kind}`)
  }
  assert.equal(state.sweep, undefined, 'and is not swept')
})

test('a boot that says how the state is kept changes the root and nothing that is known', () => {
  const state = initialState()
  for (const line of recorded.trimEnd().split('\n'))
    evolve(state, (JSON.parse(line) as { event: Event }).event)
  const [before, known] = [stateRoot(state), [...state.capabilities]]
  state.rules = 2
  assert.notEqual(stateRoot(state), before)
  assert.deepEqual([...state.capabilities], known)
})

test('a ledger that follows rules of a later version is refused', () => {
  const { log } = new SmallDomain()
  const state = initialState()
  const boot = log.findIndex(({ kind }) => kind === 'kernel.booted')
  for (const event of log.slice(0, boot)) evolve(state, event)
  const event = log[boot] as Event & { body: object }
  const later = { ...event, body: { ...event.body, rules: 3 } } as unknown as Event
  assert.throws(() => evolve(state, later), /later version/)
})

test('every fact about a capability is in the root, and asking for one does not change it', () => {
  const changes: readonly ((table: SmallDomain['state']['capabilities']) => void)[] = [
    (table) => table.count(id(1), 1, 0),
    (table) => table.count(id(1), 0, 1),
    (table) => table.setWindow(id(1), { start: 1, count: 0 }),
    (table) => table.revoke(id(1)),
    (table) => table.drop(id(1)),
    (table) => table.move(id(1), id(6), id(1)),
    (table) => table.move(id(1), id(4), id(2)),
    (table) => table.narrow(id(1), { selectors: ['tools/read'] }),
  ]
  const roots = [() => undefined, ...changes].map((change) => {
    const domain = new SmallDomain()
    domain.grant({ selectors: ['tools/read'], where: open, rate: { count: 9, perMs: 1_000 } })
    const root = stateRoot(domain.state)
    change(domain.state.capabilities)
    assert.equal(stateRoot(domain.state) === root, change.length === 0)
    return stateRoot(domain.state)
  })
  assert.equal(new Set(roots).size, roots.length)
})

test('the root does not depend on the memo, or on which places and numbers were used before', () => {
  const roots = [new CapabilityTable(), new CapabilityTable({ memo: false })].map((table) => {
    const domain = new SmallDomain(table)
    for (let at = 0; at < 200; at++) {
      domain.grant({ selectors: ['tools/read'], where: open, uses: 1 + (at % 7) })
      if (at % 3 !== 0)
        domain.do({
          kind: 'capability.revoke',
          process: id(4),
          capability: id(at + 1),
          undispatched: new Set(),
        })
      domain.now += 1_000
    }
    const again = initialState()
    for (const event of domain.log) evolve(again, event)
    assert.equal(stateRoot(again), stateRoot(domain.state))
    return stateRoot(domain.state)
  })
  assert.equal(new Set(roots).size, 1)
})
