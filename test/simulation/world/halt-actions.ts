/** Somebody halts an agent, a process or a driver, by whatever way; an operator resumes what is halted, mostly. */
import type { Agent } from './agent.ts'
import { mainDomain } from '../../../src/wire/socket-folder.ts'
import type { World } from './world.ts'

/** Halts an agent, a process of it, or a driver; now and then again, or one that there is not. */
export function haltScope(world: World, { agent, process }: Agent, driver: number): void {
  const { random, overseer } = world
  const record = { requestedAt: world.now(), requestedBy: 'ada', reason: 'drill' }
  const domain = mainDomain
  const isAgent = agent > 0 && random.percent(40)
  const number = random.percent(85) ? process : random.percent(70) ? driver : random.between(1, 40)
  if (!isAgent && number < 1) return
  world.note('fault: haltScope')
  overseer.halt(
    record,
    isAgent ? { kind: 'agent', domain, agent } : { kind: 'process', domain, process: number },
  )
}

/** An operator resumes something. */
export function resumeScope({ random, overseer, operator }: World): void {
  const [first, ...rest] = overseer.halted
  if (first === undefined) return
  const scope = random.pick([first, ...rest])
  if (scope.kind === 'agent')
    operator.order({ do: 'scope.resume', scope: { agent: scope.agent } } as { do: string })
  if (scope.kind === 'process')
    operator.order({ do: 'scope.resume', scope: { process: scope.process } } as { do: string })
}
