/** What a new node is before anything happens to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import { childOf } from './plant.ts'

test('a child is below its parent, of the same root, object and origin, held, alive, and has counted nothing', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where: {} })
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  const parent = domain.state.capabilities.get(id(2))
  assert.ok(parent !== undefined)
  assert.deepEqual(childOf(parent, id(9), id(77)), {
    id: 9,
    parent: 2,
    root: 1,
    depth: 2,
    object: 2,
    grantedBy: 1,
    since: 77,
    held: true,
    revoked: false,
    children: 0,
    spent: 0,
    reserved: 0,
    windowStart: 0,
    windowCount: 0,
  })
})
