/** The part of the session of line 33 that is about how processes run. */
import assert from 'node:assert/strict'
import { ofKind } from '../../harness/ledger-events.ts'
import type { Actor, World } from '../../harness/world.ts'
import { until } from '../../harness/world.ts'

/** An operator freezes, thaws and weighs a process, which sets a timer, hears of it and takes it back. */
export async function processSession(world: World, actor: Actor): Promise<void> {
  const { operator } = world
  const { process } = actor
  await operator.must({ do: 'process.freeze', process })
  await operator.must({ do: 'process.thaw', process })
  await operator.must({ do: 'process.weigh', process, weight: 200, priority: 3 })
  const wire = await world.wire(actor)
  const set = await wire.request({ op: 'timer.set', delayMs: 0 })
  assert.ok(set.kind === 'reply')
  await until(() => ofKind(world.events(), 'timer.fired').at(0) ?? null, 'the timer to fire')
  assert.equal((await wire.request({ op: 'timer.cancel', timer: set.header['timer'] ?? 0 })).kind, 'reply')
  wire.close()
}
