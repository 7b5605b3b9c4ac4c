/** What operators and processes do about how processes run: freeze, thaw, weigh, and timers. */
import { id } from '../../../src/base/ids.ts'
import type { State } from '../../../src/kernel/state.ts'
import type { Agent } from './agent.ts'
import { anyDriver } from './operator-actions.ts'
import type { World } from './world.ts'

const none = new Uint8Array(0)

/** An operator freezes a process, weighs one, or, more often, thaws what is frozen. */
export function govern(world: World, agent: Agent, state: State | undefined): void {
  const { random, operator } = world
  const frozen = [...(state?.processes.values() ?? [])].filter(({ frozen: since }) => since !== undefined)
  const process = random.percent(15) ? anyDriver(world, state) : agent.process
  if (frozen.length > 0 && random.percent(70))
    return operator.order({ do: 'process.thaw', process: random.pick(frozen).id } as { do: string })
  const what = random.percent(60) ? { do: 'process.freeze' } : { do: 'process.weigh', ...anyShare(world) }
  const order = { ...what, process }
  operator.order(order)
}

function anyShare({ random }: World): { readonly weight: number; readonly priority: number } {
  return { weight: random.pick([10, 100, 300, 1000]), priority: random.below(5) }
}

/** A process sets a timer, or cancels one of its own; now and then another's, or none at all. */
export function keepTime(world: World, agent: Agent, state: State | undefined): void {
  const { random } = world
  agent.connect()
  const own = [...(state?.processes.get(id(agent.process))?.timers?.keys() ?? [])]
  if (random.percent(55)) {
    const delayMs = random.pick([0, 50, 2_000, 60_000, 3_600_000])
    return agent.ask({ op: 'timer.set', delayMs, note: 'drill' }, none)
  }
  const timer = own.length > 0 && random.percent(85) ? random.pick(own) : random.between(1, 500)
  agent.ask({ op: random.percent(10) ? 'timers' : 'timer.cancel', timer }, none)
}
