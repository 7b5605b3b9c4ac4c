/**
 * The peaceful end of every seed. Faults have stopped; now what was promised must come true within a bounded
 * time: the kernel serves, a halt can be lifted, a granted call is done. Then the kernel is killed once more,
 * and what it finds on its disk must be all that was ever acknowledged.
 */
import { demand } from './oracle/violation.ts'
import type { World } from './world/world.ts'

const boundMs = 120_000

/** Stops the faults and demands that the world works. */
export async function demandPeace(world: World): Promise<void> {
  const { disk, host, operator, overseer, scheduler } = world
  world.isHostile = false
  Object.assign(disk.weather, { full: false, breaksOnce: false, slowMs: 1 })
  const served = await untilServed(world)
  demand(served, 'liveness', 'the kernel does not serve again')
  if (overseer.isHalted || host.machine?.core.state.halted !== null) {
    const resume = (): void => {
      if (host.machine?.core.state.halted == null) return
      operator.order({ do: 'domain.resume' })
      scheduler.after(500, resume)
    }
    resume()
    const resumed = await world.pass(boundMs, () => host.machine?.core.state.halted === null && !overseer.isHalted)
    demand(resumed, 'liveness', 'a halt cannot be lifted')
  }
  await demandCall(world)
  host.kill('the end')
  demand(await untilServed(world), 'liveness', 'the kernel does not serve after the end')
}

async function untilServed(world: World): Promise<boolean> {
  world.overseer.reviveIfGivenUp()
  const isServed = (): boolean => world.host.machine !== null
  if (await world.pass(boundMs, isServed)) return true
  world.overseer.reviveIfGivenUp()
  return world.pass(boundMs, isServed)
}

/** A new driver, a new agent, a grant: the call must be done. */
async function demandCall(world: World): Promise<void> {
  const { host, operator } = world
  let driver = 0
  world.addDriver((made) => {
    driver = made
  })
  const agent = world.addAgent()
  demand(
    await world.pass(boundMs, () => driver !== 0 && agent.isConnected),
    'liveness',
    'a driver and an agent cannot be added',
  )
  let granted = 0
  const caveats = { selectors: ['tools/read'], where: { '*': { arguments: {} } } }
  const order = { do: 'capability.grant', holder: agent.process, object: driver, caveats }
  operator.order(order, (made) => {
    granted = Number(made['handle'] ?? 0)
  })
  const isReady = (): boolean =>
    granted !== 0 && [...(host.machine?.core.state.drivers.values() ?? [])].some((each) => Number(each.id) === driver && each.attached !== 0)
  demand(await world.pass(boundMs, isReady), 'liveness', 'a new driver is not attached')
  agent.call({ selector: 'tools/read', handle: granted }, Buffer.from('{}'))
  demand(await world.pass(boundMs, () => agent.heard.has('done')), 'liveness', 'a granted call is not done')
}
