/**
 * The peaceful end of every seed. Faults have stopped; now what was promised must come true within a bounded
 * time: the kernel serves, a halt can be lifted, a granted call is done. Then the kernel is killed once more,
 * and what it finds on its disk must be all that was ever acknowledged.
 */
import { supervision } from '../../src/supervisor/supervision.ts'
import { demand } from './oracle/violation.ts'
import type { Agent } from './world/agent.ts'
import type { World } from './world/world.ts'

const boundMs = 60_000
const againMs = 1_000
/** As long as the supervisor waits for anything of a kernel that serves. */
const aftermathMs = supervision.pingEveryMs + supervision.pingTimeoutMs

/** Stops the faults and demands that the world works. */
export async function demandPeace(world: World): Promise<void> {
  const { disk, host, operator, overseer } = world
  world.isHostile = false
  Object.assign(disk.weather, { full: false, breaksOnce: false, stallsOnceMs: 0, slowMs: 1 })
  await demandServed(world, 'the kernel does not serve again')
  // A halt that was not confirmed in time, just before the peace, may still be the one failure too many.
  await world.pass(aftermathMs, () => !overseer.isWaiting)
  await demandServed(world, 'the kernel does not serve after what happened before')
  const isHeard = (): boolean => {
    const { standing = null, at } = host.machine?.core.state ?? { at: 0 }
    const said = world.sovereign?.sovereign.state?.domains?.get(world.domain)
    // What was said and is still on its way would come in the middle of the peace.
    const isNewest = said?.status === 'active' && standing?.statement === said.statement
    return isNewest && standing.status === 'active' && standing.validUntil > Math.max(at, world.now())
  }
  const speak = (): void => {
    world.sovereign?.sovereign.order({ do: 'domain.unfreeze', name: world.domain })
    world.sovereign?.carry()
  }
  if (world.sovereign !== null) await insist(world, speak, isHeard, 'a sovereign is not heard')
  const isResumed = (): boolean => host.machine?.core.state.halted === null && !overseer.isHalted
  const resume = (): void => operator.order({ do: 'domain.resume' })
  await insist(world, resume, isResumed, 'a halt cannot be lifted')
  if (world.domains.length > 0) await demandOrdered(world)
  else await demandCall(world)
  host.kill('the end')
  await demandServed(world, 'the kernel does not serve after the end')
}

async function demandServed(world: World, what: string): Promise<void> {
  const revive = (): void => world.overseer.reviveIfGivenUp()
  await insist(world, revive, () => world.host.machine !== null, what)
}

/** An order to a sovereign is carried out. */
async function demandOrdered(world: World): Promise<void> {
  const { operator, domains } = world
  let isDone = false
  const order = (): void => {
    const made = (): void => {
      isDone = true
    }
    operator.order({ do: 'domain.freeze', name: domains[0], reason: 'drill' } as { do: string }, made)
    operator.order({ do: 'domain.unfreeze', name: domains[0] } as { do: string }, made)
  }
  await insist(world, order, () => isDone, 'a sovereign does not carry out an order')
}

/** An end of a grant that every canon of the simulation allows. */
function soon(world: World): number {
  return world.now() + 1_500_000
}

/** A new driver, a new agent, a grant: the call must be done. */
async function demandCall(world: World): Promise<void> {
  const { host, operator } = world
  let driver = 0
  const addDriver = (): void =>
    world.addDriver((made) => {
      driver = made
    })
  await insist(world, addDriver, () => driver !== 0, 'a driver cannot be added')
  const added: Agent[] = []
  const addAgent = (): void => void added.push(world.addAgent())
  const attached = (): Agent | undefined => added.find((agent) => agent.isConnected)
  await insist(world, addAgent, () => attached() !== undefined, 'an agent cannot be added')
  const agent = attached()
  if (agent === undefined) return
  let handle = 0
  const expiresAt = soon(world)
  const caveats = { selectors: ['tools/read'], where: { '*': { arguments: {} } }, expiresAt }
  const order = { do: 'capability.grant', holder: agent.process, object: driver, caveats }
  const grant = (): void =>
    operator.order(order, (made) => {
      handle = Number(made['handle'] ?? 0)
    })
  await insist(world, grant, () => handle !== 0, 'a grant cannot be made')
  const isServed = (): boolean =>
    [...(host.machine?.core.state.drivers.values() ?? [])].some(
      (each) => Number(each.id) === driver && each.attached !== 0,
    )
  await insist(world, () => undefined, isServed, 'a new driver is not attached')
  const call = (): void => {
    agent.connect()
    agent.call({ selector: 'tools/read', handle }, Buffer.from('{}'))
  }
  await insist(world, call, () => agent.heard.has('done'), 'a granted call is not done')
  await demandQuestion(world, driver, call)
}

/** The driver may ask: in the course of a call it asks, and is answered. */
async function demandQuestion(world: World, driver: number, call: () => void): Promise<void> {
  const { operator } = world
  const where = { '*': { arguments: {}, open: true } }
  const caveats = { selectors: ['client/sampling'], where, expiresAt: soon(world) }
  const order = { do: 'capability.grant', holder: driver, object: driver, caveats }
  let isGranted = false
  const grant = (): void =>
    operator.order(order, () => {
      isGranted = true
    })
  await insist(world, grant, () => isGranted, 'a question cannot be granted')
  const answered = (): number => world.sometimes.get('question answered: client/sampling') ?? 0
  const before = answered()
  await insist(world, call, () => answered() > before, 'a granted question is not answered')
}

/** Tries, and again every while, until it is done; a world at peace grants it within the bound. */
async function insist(world: World, attempt: () => void, isDone: () => boolean, what: string): Promise<void> {
  for (let left = boundMs / againMs; left > 0 && !isDone(); left -= 1) {
    attempt()
    await world.pass(againMs, isDone)
  }
  demand(isDone(), 'liveness', what)
}
