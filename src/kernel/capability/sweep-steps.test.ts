/** How far a pass over what is dead comes with each event: exactly so far, in every ledger, or roots would differ. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import { limits } from '../limits.ts'
import type { Sweep } from '../state.ts'

const reading = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } } as const

function derive(domain: SmallDomain, handle: number): void {
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(handle), holder: id(4), caveats: {} })
}

function revoke(domain: SmallDomain, capability: number): Sweep | undefined {
  domain.order({ do: 'capability.revoke', capability: id(capability) })
  return domain.state.sweep === undefined ? undefined : { ...domain.state.sweep }
}

/** One more event, which has nothing to do with the pass. */
function go(domain: SmallDomain): Sweep | undefined {
  domain.now += limits.refusalWindowMs
  const refused = { selector: 'x', code: 'bad-request', message: '', needed: '' } as const
  domain.do({ kind: 'syscall.refuse', process: id(4), ...refused })
  return domain.state.sweep === undefined ? undefined : { ...domain.state.sweep }
}

test('a pass goes on by 32 ids with each event, from the one that was revoked, and ends behind the last', () => {
  for (const [children, steps] of [
    [30, []],
    [31, []],
    [32, [33]],
    [63, [33]],
    [64, [33, 65]],
    [100, [33, 65, 97]],
  ] as const) {
    const domain = new SmallDomain()
    domain.grant(reading)
    for (let child = 0; child < children; child++) derive(domain, 1)
    const seen = [revoke(domain, 1)]
    for (let event = 0; event <= steps.length; event++) seen.push(go(domain))
    assert.deepEqual(
      seen.flatMap((sweep) => (sweep === undefined ? [] : [sweep])),
      steps.map((at) => ({ at, again: 0 })),
      `${children} children`,
    )
    assert.equal(domain.state.sweep, undefined)
  }
})

test('what is revoked behind a pass is come back to, from the oldest of it; what is ahead is on the way', () => {
  for (const [order, agains] of [
    [
      [1, 3],
      [1, 1],
    ],
    [
      [3, 1],
      [3, 1],
    ],
    [
      [3, 602],
      [3, 3],
    ],
    [
      [602, 3],
      [0, 3],
    ],
  ] as const) {
    const domain = new SmallDomain()
    domain.grant(reading)
    derive(domain, 1)
    domain.grant(reading)
    derive(domain, 3)
    while (domain.state.nextCapability < 301) domain.grant(reading, 6)
    domain.grant(reading)
    derive(domain, 5)
    while (domain.state.nextCapability < 602) domain.grant(reading, 6)
    domain.grant(reading)
    derive(domain, 7)
    assert.deepEqual(revoke(domain, 301), { at: 333, again: 0 })
    const seen = order.map((capability) => revoke(domain, capability))
    assert.deepEqual(seen, [
      { at: 365, again: agains[0] },
      { at: 397, again: agains[1] },
    ])
    let sweep = go(domain)
    while (sweep !== undefined && sweep.at > 397) sweep = go(domain)
    assert.deepEqual(sweep, { at: agains[1], again: 0 }, 'the next pass begins there')
  }
})

test('a pass takes out nothing that lives, and marks what was derived from the dead', () => {
  const domain = new SmallDomain()
  domain.grant(reading)
  domain.grant(reading, 6)
  derive(domain, 1)
  domain.grant(reading, 6)
  derive(domain, 2)
  revoke(domain, 1)
  assert.equal(domain.state.sweep, undefined)
  assert.deepEqual(
    [...domain.state.capabilities.values()].map(({ id: at, revoked }) => [at, revoked]),
    [
      [1, true],
      [2, false],
      [3, true],
      [4, false],
      [5, true],
    ],
  )
})

test('a pass goes over what somebody held who is forgotten by now', () => {
  const domain = new SmallDomain()
  domain.grant(reading)
  derive(domain, 1)
  const receive = { selectors: ['capability/receive'], where: {} }
  domain.order({ do: 'capability.grant', holder: id(4), object: id(6), caveats: receive })
  const spawn = (name: string): number => {
    const tokenDigest = sha256Hex(name)
    domain.do({ kind: 'process.spawn', process: id(4), name, tokenDigest, boundary: 'none' })
    return domain.state.nextObject - 1
  }
  const give = (giver: number, handle: number, holder: number): void => {
    const what = { process: id<never>(giver), handle: id<never>(handle), holder: id<never>(holder) }
    assert.equal(domain.do({ kind: 'capability.derive', ...what, caveats: {} }).refusal, null)
  }
  const child = spawn('kid')
  for (const handle of [2, 3]) give(4, handle, child)
  give(child, 1, 6)
  const end = { process: id<never>(4), child: id<never>(child), reason: '', undispatched: new Set<never>() }
  domain.do({ kind: 'process.end', ...end })
  spawn('other')
  assert.equal(domain.state.processes.has(id(child)), false)
  assert.equal(
    domain.state.capabilities.get(id(4))?.holder,
    child,
    'eve goes on hearing of what came through it',
  )
  revoke(domain, 1)
  assert.equal(domain.state.sweep, undefined)
  assert.equal(domain.call('tools/read', {}, 6, undefined, 1).refusal?.code, 'revoked')
})
