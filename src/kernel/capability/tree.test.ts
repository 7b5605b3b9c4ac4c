/** Life along the chain, with everything remembered that can be: no memory outlives what it was about. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import type { CapabilityId, Handle } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { childOf } from './plant.ts'
import type { Caveats } from './terms.ts'
import { chainOf, termsOf, whyNotLive } from './tree.ts'

const open = { '*': { arguments: {}, open: true } } as const
const grantable = { selectors: ['tools/read'], where: open } as const

/** Puts a capability below `parent` into the domain, and into its holder's table if that is wanted. */
function put(domain: SmallDomain, parent: number, holder: number, caveats: Caveats, isHeld = true): number {
  const { capabilities, nextCapability, processes, seq } = domain.state
  const above = capabilities.get(id(parent))
  const process = processes.get(id(holder))
  assert.ok(above !== undefined && process !== undefined)
  const made = id<CapabilityId>(nextCapability)
  const handle = id<Handle>(process.nextHandle)
  capabilities.add({ ...childOf(above, made, seq), holder: process.id, handle, caveats })
  domain.state.nextCapability += 1
  process.nextHandle += 1
  if (isHeld) process.handles.set(handle, made)
  else capabilities.drop(made)
  return made
}

/** What becomes of a call by eve with her newest handle. */
function ask(domain: SmallDomain): string {
  const handle = [...(domain.state.processes.get(id(6))?.handles.keys() ?? [])].at(-1)
  const { events, refusal } = domain.call('tools/read', {}, 6, undefined, handle)
  return refusal?.code ?? events[0]?.kind ?? 'nothing'
}

test('what came through a killed holder is dead at once, though the holder’s table had forgotten it', () => {
  const domain = new SmallDomain()
  domain.grant(grantable, 6)
  put(domain, put(domain, 1, 4, {}, false), 6, {})
  assert.equal(ask(domain), 'call.admitted')
  domain.order({ do: 'process.kill', process: id(4), reason: '' })
  assert.equal(ask(domain), 'revoked')
})

test('what was found live dies with the earliest expiry of its chain, at that instant', () => {
  const domain = new SmallDomain()
  domain.grant({ ...grantable, expiresAt: id(domain.now + 2_000) }, 6)
  put(domain, put(domain, put(domain, 1, 6, {}), 6, { expiresAt: id(domain.now + 1_000) }), 6, {})
  assert.equal(ask(domain), 'call.admitted')
  domain.now += 999
  assert.equal(ask(domain), 'call.admitted')
  domain.now += 1
  assert.equal(ask(domain), 'expired')
})

test('what was found live obeys terms that are put above it afterwards', () => {
  const domain = new SmallDomain()
  domain.grant(grantable, 6)
  const middle = put(domain, 1, 4, {})
  put(domain, put(domain, middle, 6, {}), 6, {})
  assert.equal(ask(domain), 'call.admitted')
  domain.order({ do: 'capability.narrow', capability: id(middle), caveats: { uses: 1 } })
  assert.equal(ask(domain), 'call.admitted')
  assert.equal(ask(domain), 'exhausted')
  const next = put(domain, middle, 6, {})
  domain.order({ do: 'capability.narrow', capability: id(1), caveats: { expiresAt: id(domain.now + 1) } })
  assert.equal(whyNotLive(domain.state, id(next), id(domain.now)), null)
  assert.equal(whyNotLive(domain.state, id(next), id(domain.now + 1))?.code, 'expired')
})

test('the terms of a chain are its leaf and the levels that have caveats, remembered or not', () => {
  const domain = new SmallDomain()
  domain.grant(grantable, 6)
  const leaf = put(domain, put(domain, put(domain, put(domain, 1, 6, {}), 6, { uses: 3 }), 6, {}), 6, {})
  const ids = (chain: readonly { readonly id: number }[]): readonly number[] => chain.map((level) => level.id)
  assert.deepEqual(ids(termsOf(domain.state, id(leaf))), [5, 3, 1])
  assert.deepEqual(ids(chainOf(domain.state, id(leaf))), [5, 4, 3, 2, 1])
  assert.equal(ask(domain), 'call.admitted')
  assert.deepEqual(ids(termsOf(domain.state, id(leaf))), [5, 3, 1])
  domain.order({ do: 'capability.narrow', capability: id(4), caveats: { uses: 2 } })
  assert.deepEqual(ids(termsOf(domain.state, id(leaf))), [5, 4, 3, 1])
})
