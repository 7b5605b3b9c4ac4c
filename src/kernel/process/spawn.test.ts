/** Children of a process: identities that can do what they were given, and end with their parent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import type { ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'

const open = { '*': { arguments: {}, open: true } } as const
const none: ReadonlySet<never> = new Set()

function spawn(domain: SmallDomain, parent = 4, name = 'make'): Decision {
  const tokenDigest = sha256Hex(`${name} of ${parent} after ${domain.state.seq}`)
  return domain.do({ kind: 'process.spawn', process: id(parent), name, tokenDigest, boundary: 'bubblewrap' })
}

function childOf(decision: Decision): ProcessId {
  const [made] = decision.events
  assert.equal(made?.kind, 'process.spawned')
  return (made as { body: { process: ProcessId } }).body.process
}

function end(domain: SmallDomain, parent: number, child: number): Decision {
  return domain.do({
    kind: 'process.end',
    process: id(parent),
    child: id(child),
    reason: 'exited with 0',
    undispatched: none,
  })
}

/** Bob holds a capability on the driver, and his child one derived from it. */
function withChild(): { readonly domain: SmallDomain; readonly child: ProcessId } {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where: open })
  const child = childOf(spawn(domain))
  const derived = domain.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: child,
    caveats: {},
  })
  assert.deepEqual(kinds(derived), ['capability.derived'])
  return { domain, child }
}

test('a child holds nothing until its parent derives something to it', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where: open })
  const child = childOf(spawn(domain))
  assert.equal(domain.call('tools/read', {}, child).refusal?.code, 'not-held')
})

test('a child does what it was given, and its calls end with it', () => {
  const { domain, child } = withChild()
  assert.deepEqual(kinds(domain.call('tools/read', {}, child)), ['call.admitted'])
  assert.deepEqual(kinds(end(domain, 4, child)), ['process.ended', 'call.settled'])
  assert.equal(domain.call('tools/read', {}, child).refusal?.code, 'killed')
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'], 'its parent goes on')
})

test('killing a parent kills its children and theirs, with everything they have under way', () => {
  const { domain, child } = withChild()
  const grandchild = childOf(spawn(domain, child))
  domain.do({ kind: 'capability.derive', process: child, handle: id(1), holder: grandchild, caveats: {} })
  domain.call('tools/read', {}, grandchild)
  const killed = domain.order({ do: 'process.kill', process: id(4), reason: '' })
  assert.deepEqual(kinds(killed), ['process.killed', 'call.settled'])
  for (const process of [4, child, grandchild])
    assert.equal(domain.call('tools/read', {}, process).refusal?.code, 'killed')
})

test('only its parent ends a child, and nobody gives to the child of another', () => {
  const { domain, child } = withChild()
  assert.equal(end(domain, 6, child).refusal?.code, 'not-found')
  assert.equal(end(domain, 4, 6).refusal?.code, 'not-found')
  domain.grant({ selectors: ['tools/read'], where: open }, 6)
  const given = { process: id<never>(6), handle: id<never>(1), holder: child, caveats: {} }
  assert.equal(domain.do({ kind: 'capability.derive', ...given }).refusal?.code, 'not-entitled')
})

test('children are bounded in number and depth, and a halted domain makes none', () => {
  const domain = new SmallDomain()
  let deepest: number = 4
  for (let depth = 0; depth < limits.spawnDepth; depth++) deepest = childOf(spawn(domain, deepest))
  assert.equal(spawn(domain, deepest).refusal?.code, 'limit')
  for (let count = 1; count < limits.childrenPerProcess; count++) childOf(spawn(domain))
  assert.equal(spawn(domain).refusal?.code, 'limit')
  assert.equal(spawn(domain, 2).refusal?.code, 'not-entitled', 'a driver has no children')
})

test('a process that spawns and ends without pause is slowed down, and what ended is forgotten', () => {
  const domain = new SmallDomain()
  let made = 0
  while (domain.state.processes.size < 100) {
    const decision = spawn(domain)
    if (decision.refusal !== null) {
      assert.equal(decision.refusal.code, 'rate-limited')
      break
    }
    end(domain, 4, childOf(decision))
    made++
  }
  assert.equal(made, limits.derivationsPerWindow / 2)
  assert.ok(domain.state.processes.size <= 4, 'ended children are not kept')
})

test('two processes never share a token', () => {
  const domain = new SmallDomain()
  const command = { kind: 'process.spawn', process: id<never>(4), name: 'x', boundary: '' } as const
  assert.equal(domain.do({ ...command, tokenDigest: sha256Hex('eve') }).refusal?.code, 'name-taken')
  childOf(domain.do({ ...command, tokenDigest: sha256Hex('t') }))
  assert.equal(domain.do({ ...command, tokenDigest: sha256Hex('t') }).refusal?.code, 'name-taken')
})
