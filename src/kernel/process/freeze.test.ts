/** Freezing keeps everything and runs nothing, for a process and all that descends from it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import { stateRoot } from '../root.ts'
import type { Decision } from '../decision.ts'

const open = { '*': { arguments: {}, open: true } } as const

function freeze(domain: SmallDomain, process = 4): Decision {
  return domain.order({ do: 'process.freeze', process: id(process) })
}

function thaw(domain: SmallDomain, process = 4): Decision {
  return domain.order({ do: 'process.thaw', process: id(process) })
}

/** Bob may read, and buy when an operator approves; his child may read. */
function furnished(): { readonly domain: SmallDomain; readonly child: number } {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read', 'tools/buy'], where: open })
  const tokenDigest = sha256Hex('child')
  const spawned = domain.do({ kind: 'process.spawn', process: id(4), name: 'c', tokenDigest, boundary: '' })
  const [made] = spawned.events
  assert.equal(made?.kind, 'process.spawned')
  const child = (made as { body: { process: number } }).body.process
  domain.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: id(child),
    caveats: { selectors: ['tools/read'] },
  })
  return { domain, child }
}

test('a frozen process and its children are refused whatever they ask, and others are not', () => {
  const { domain, child } = furnished()
  domain.grant({ selectors: ['tools/read'], where: open }, 6)
  assert.deepEqual(kinds(freeze(domain)), ['process.frozen'])
  for (const process of [4, child]) {
    const { refusal } = domain.call('tools/read', {}, process)
    assert.equal(refusal?.code, 'halted')
    assert.match(refusal?.message ?? '', /frozen/u)
  }
  const derive = domain.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: id(4),
    caveats: {},
  })
  const tokenDigest = sha256Hex('another')
  const spawn = domain.do({ kind: 'process.spawn', process: id(4), name: 'd', tokenDigest, boundary: '' })
  assert.deepEqual([derive.refusal?.code, spawn.refusal?.code], ['halted', 'halted'])
  assert.deepEqual(kinds(domain.call('tools/read', {}, 6)), ['call.admitted'])
})

test('a child that is frozen does not stop its parent, and its parent’s thaw does not thaw it', () => {
  const { domain, child } = furnished()
  freeze(domain, child)
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'])
  freeze(domain)
  thaw(domain)
  assert.equal(domain.call('tools/read', {}, child).refusal?.code, 'halted')
  thaw(domain, child)
  assert.deepEqual(kinds(domain.call('tools/read', {}, child)), ['call.admitted'])
})

test('what was admitted and has not left does not leave while its process is frozen', () => {
  const { domain } = furnished()
  domain.call('tools/read', {})
  freeze(domain)
  const recheck = domain.do({ kind: 'call.recheck', call: id(1) })
  assert.equal(recheck.refusal?.code, 'halted')
  assert.deepEqual(kinds(recheck), ['call.settled'])
})

test('a held call stays held; approved, it waits for a retry after the thaw, and no retry joins it before', () => {
  const { domain } = furnished()
  assert.deepEqual(kinds(domain.call('tools/buy', { n: 1 })), ['call.held'])
  freeze(domain)
  assert.equal(domain.call('tools/buy', { n: 1 }).refusal?.code, 'halted')
  const digest = domain.state.calls.get(id(1))?.approvalDigest ?? ''
  const approved = domain.order({ do: 'call.approve', call: id(1), digest, comment: '' })
  assert.deepEqual(kinds(approved), ['call.approved'], 'it is not admitted, though its requester waits')
  assert.equal(domain.call('tools/buy', { n: 1 }).refusal?.code, 'halted')
  thaw(domain)
  assert.deepEqual(kinds(domain.call('tools/buy', { n: 1 })), ['call.admitted'])
})

test('freezing keeps everything: after the thaw the state is what it would have been', () => {
  const { domain } = furnished()
  domain.call('tools/buy', { n: 1 })
  const before = { ...domain.state, seq: 0, nonces: new Map() }
  const root = stateRoot(before as unknown as typeof domain.state)
  freeze(domain)
  thaw(domain)
  const after = { ...domain.state, seq: 0, nonces: new Map() }
  assert.equal(stateRoot(after as unknown as typeof domain.state), root)
})

test('what is dead, unknown, frozen already or not frozen is not frozen or thawed', () => {
  const { domain } = furnished()
  assert.equal(thaw(domain).refusal?.code, 'bad-request')
  freeze(domain)
  assert.equal(freeze(domain).refusal?.code, 'bad-request')
  assert.equal(freeze(domain, 99).refusal?.code, 'not-found')
  domain.order({ do: 'process.kill', process: id(4), reason: '' })
  assert.equal(thaw(domain).refusal?.code, 'not-found')
})

test('an operator weighs a process, and it stays what it is', () => {
  const { domain } = furnished()
  const weigh = { do: 'process.weigh', process: id<never>(4), weight: 300, priority: 3 } as const
  assert.deepEqual(kinds(domain.order(weigh)), ['process.weighed'])
  assert.deepEqual(domain.state.processes.get(id(4))?.share, { weight: 300, priority: 3 })
  assert.equal(domain.order({ ...weigh, process: id(99) }).refusal?.code, 'not-found')
})

test('while everything is halted a process may be frozen and not thawed', () => {
  const { domain } = furnished()
  const halt = { requestedAt: id<never>(domain.now), requestedBy: 'ada', reason: '' }
  domain.do({
    kind: 'kernel.boot',
    code: 'test',
    policyVersion: domain.state.domain?.policyVersion ?? '',
    halt,
  })
  assert.deepEqual(kinds(freeze(domain)), ['process.frozen'])
  assert.equal(thaw(domain).refusal?.code, 'halted')
})
