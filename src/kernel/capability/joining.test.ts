/** Who joins a use that needs several grants: no more than needed, none twice, and nothing of another object. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const reading: Caveats = { selectors: ['tools/read'], where: open }

function grant(
  domain: SmallDomain,
  operator: number,
  { object = 2, holder = 4, ...caveats }: Caveats & { object?: number; holder?: number },
): Decision {
  const terms = { ...reading, ...caveats }
  const order = { do: 'capability.grant', holder: id<never>(holder), object: id<never>(object) } as const
  return domain.order({ ...order, caveats: terms }, { operator })
}

const call = (domain: SmallDomain, handle = 1): Decision =>
  domain.call('tools/read', {}, 4, undefined, handle)

test('no more grants join than a use needs, the oldest first', () => {
  const domain = new SmallDomain()
  const [bea, cal] = [domain.enrol('bea'), domain.enrol('cal')]
  grant(domain, 1, { quorum: 2 })
  for (const operator of [bea, cal]) grant(domain, operator, {})
  const [event] = call(domain).events
  assert.deepEqual(event?.kind === 'call.admitted' && event.body.with, [2])
  assert.deepEqual(
    [...domain.state.capabilities.values()].map(({ reserved }) => reserved),
    [1, 1, 0],
  )
})

test('two grants of the other operator are one too', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grant(domain, 1, { quorum: 3 })
  for (const operator of [bea, bea, 1]) grant(domain, operator, {})
  const { refusal } = call(domain)
  assert.deepEqual(
    [refusal?.code, refusal?.message],
    ['not-held', 'This needs 3 capabilities, granted by as many operators; there are 2.'],
  )
})

test('a grant on another object does not join, though it allows the same there', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  const manifest = smallManifest()
  const [added] = domain.order({ do: 'driver.add', name: 'mail', manifest }).events
  assert.ok(added?.kind === 'driver.added')
  const definitions = new Map(manifest.selectors.map(({ selector, digest }) => [selector, digest] as const))
  domain.do({ kind: 'driver.attach', driver: added.body.driver, definitions })
  grant(domain, 1, { quorum: 2 })
  grant(domain, bea, { object: added.body.driver })
  assert.equal(call(domain).refusal?.code, 'not-held')
  grant(domain, bea, {})
  assert.deepEqual(kinds(call(domain)), ['call.admitted'])
})

test('a call ends with any holder that one of its grants came through', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grant(domain, 1, { quorum: 2 })
  grant(domain, bea, { holder: 6 })
  const receive = { selectors: ['capability/receive'], where: open }
  domain.order({ do: 'capability.grant', holder: id(6), object: id(4), caveats: receive })
  domain.do({ kind: 'capability.derive', process: id(6), handle: id(1), holder: id(4), caveats: {} })
  assert.deepEqual(kinds(call(domain)), ['call.admitted'])
  const killed = domain.order({ do: 'process.kill', process: id(6), reason: '' })
  assert.deepEqual(kinds(killed), ['process.killed', 'call.settled'])
})

test('a long table makes room for what is granted into it, a shorter one forgets nothing', () => {
  for (const [length, left] of [
    [limits.deadHandlesKept - 1, limits.deadHandlesKept],
    [limits.deadHandlesKept, 1],
  ] as const) {
    const domain = new SmallDomain()
    for (let count = 0; count < length; count++) domain.grant(reading)
    for (let count = 1; count <= length; count++) domain.state.capabilities.revoke(id(count))
    domain.grant(reading)
    assert.equal(domain.state.processes.get(id(4))?.handles.size, left)
    assert.equal(domain.state.capabilities.size, left, 'what nobody holds leaves the tree')
  }
})
