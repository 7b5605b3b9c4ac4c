/** What can happen to capabilities after they were granted: narrowed in place, moved, and used by two people's word. */
import assert from 'node:assert/strict'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { World } from '../../harness/world.ts'
import { verdict } from '../../harness/world.ts'

/** Lets all of it happen once to what `agent` holds. */
export async function authoritySession(
  world: World,
  agent: Awaited<ReturnType<World['agent']>>,
): Promise<void> {
  const { operator } = world
  const { capability, handle } = await world.grant(agent)
  await operator.must({ do: 'capability.narrow', capability, caveats: { uses: 5 } })

  const parent = await world.wire(agent)
  const named = { name: 'heir', boundary: 'none', tokenDigest: sha256Hex('heir') }
  const spawned = await parent.request({ op: 'spawn', ...named })
  assert.ok(spawned.kind === 'reply')
  parent.close()
  assert.ok((await agent.sdk.move(handle, Number(spawned.header['process']))).ok)
  assert.equal(verdict(await agent.sdk.call({ selector: 'tools/read', handle })), 'not-held')

  const asking = await world.grant(agent, { approvals: 2 })
  const asked = agent.sdk.call({ selector: 'tools/read', handle: asking.handle })
  const [shown] = await world.held()
  assert.ok(shown)
  const decision = { call: shown.call, digest: shown.digest, comment: '' }
  await operator.must({ do: 'call.approve', ...decision })
  await operator.must({ do: 'call.deny', ...decision })
  assert.equal(verdict(await asked), 'approval-denied')
}
