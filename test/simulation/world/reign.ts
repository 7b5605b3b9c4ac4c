/** What happens to a sovereign: its operators change, freeze and amend, and its disk, clock and processes fail. */
import type { State } from '../../../src/kernel/state.ts'
import { amendCanon } from './canon-actions.ts'
import { disasters, strike } from './disasters.ts'
import type { Flaw } from './operator.ts'
import { actOnPeople } from './people.ts'
import type { World } from './world.ts'

const likelihood = {
  people: 300,
  freeze: 12,
  unfreeze: 40,
  canon: 30,
  query: 10,
  flawedOrder: 60,
  ...disasters,
  killAdapter: 0,
} as const

/** Does one thing to a sovereign, drawn by chance. */
export function reign(world: World): void {
  const { random, operator, overseer, domains } = world
  const state: State | undefined = world.host.machine?.core.state
  if (overseer.isHalted && random.percent(30)) return operator.order({ do: 'domain.resume' })
  const name = random.pick(domains)
  const action = random.weighted(likelihood)
  switch (action) {
    case 'people':
      return actOnPeople(world, state)
    case 'freeze':
      return operator.order({ do: 'domain.freeze', name, reason: 'drill' } as { do: string })
    case 'unfreeze':
      return operator.order({ do: 'domain.unfreeze', name } as { do: string })
    case 'canon':
      return amendCanon(world, state)
    case 'query':
      return operator.query(random.pick(['status', 'operators', 'domains', 'proposals']))
    case 'flawedOrder': {
      const flaw = random.pick<Flaw>(['forged', 'replayed', 'stale', 'outdated', 'foreign'])
      return operator.order({ do: 'domain.unfreeze', name } as { do: string }, undefined, flaw)
    }
    default:
      return strike(world, action)
  }
}
