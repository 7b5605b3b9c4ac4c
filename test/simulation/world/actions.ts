/**
 * What may happen next, and how likely it is. Everyday work is common, disasters are rare: a world that is
 * always on fire never gets far enough to go wrong in an interesting way.
 */
import { id } from '../../../src/base/ids.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Driver, State } from '../../../src/kernel/state.ts'
import type { Agent } from './agent.ts'
import { selectors } from './manifests.ts'
import { disasters, strike } from './disasters.ts'
import type { Flaw } from './operator.ts'
import { flaws } from './operator.ts'
import { anyCapability, anyDriver, decide, grantQuestions, narrow, updateDriver } from './operator-actions.ts'
import { amendCanon } from './canon-actions.ts'
import { actOnPeople } from './people.ts'
import { haltScope, resumeScope } from './halt-actions.ts'
import { govern, keepTime } from './scheduling-actions.ts'
import { callArguments, deriveTerms, grantTerms, resourceArguments } from './terms.ts'
import type { World } from './world.ts'

const likelihood = {
  call: 420,
  retry: 110,
  derive: 80,
  move: 14,
  narrow: 22,
  spawn: 14,
  endChild: 8,
  drop: 25,
  withdraw: 25,
  look: 12,
  grant: 60,
  grantQuestions: 55,
  revoke: 35,
  approve: 95,
  deny: 34,
  query: 6,
  addAgent: 8,
  removeAgent: 3,
  killProcess: 4,
  govern: 30,
  keepTime: 26,
  people: 60,
  canon: 8,
  addDriver: 2,
  updateDriver: 5,
  removeDriver: 2,
  resumeScope: 60,
} as const
const faults = { disconnect: 50, misbehave: 60, flawedOrder: 60, haltScope: 9, ...disasters } as const

/** Does one thing, drawn by chance. */
export function act(world: World): void {
  const { random, operator, overseer, host } = world
  const state = host.machine?.core.state
  if (host.machine !== null) world.note(`room ${host.machine.core.room}`)
  if (random.percent(world.stormPercent)) return fail(world, random.pick(world.agents), state)
  const action = random.weighted(likelihood)
  if (overseer.isHalted && random.percent(35)) return operator.order({ do: 'domain.resume' })
  if (state !== undefined && scarce(world, state)) return
  const agent = random.pick(world.agents)
  switch (action) {
    case 'call':
      return call(world, agent, state)
    case 'retry':
      return agent.retry()
    case 'derive':
      return derive(world, agent, state)
    case 'move':
      return move(world, agent, state)
    case 'narrow':
      return narrow(world, state)
    case 'spawn':
      return world.spawn(agent)
    case 'endChild':
      return endChild(world, agent)
    case 'drop':
      return agent.ask({ op: 'revoke', capability: anyCapability(world, state) }, none)
    case 'withdraw':
      return agent.withdraw()
    case 'look':
      return look(world, agent, state)
    case 'grant':
      return grant(world, agent, state, 'none')
    case 'grantQuestions':
      return grantQuestions(world, state)
    case 'revoke':
      return operator.order({ do: 'capability.revoke', capability: anyCapability(world, state) } as {
        do: string
      })
    case 'approve':
    case 'deny':
      return decide(world, state, action)
    case 'people':
      return actOnPeople(world, state)
    case 'canon':
      return amendCanon(world, state)
    case 'query':
      return operator.query(
        random.pick(['status', 'agents', 'drivers', 'capabilities', 'approvals', 'calls']),
      )
    case 'addAgent':
      if (random.percent(50)) world.addTwin(agent)
      else world.addAgent()
      return
    case 'removeAgent':
      return operator.order({ do: 'agent.remove', agent: agent.agent } as { do: string })
    case 'killProcess': {
      const process = random.percent(25) ? anyDriver(world, state) : agent.process
      return operator.order({ do: 'process.kill', process, reason: 'drill' } as { do: string })
    }
    case 'govern':
      return govern(world, agent, state)
    case 'keepTime':
      return keepTime(world, agent, state)
    case 'resumeScope':
      return resumeScope(world)
    case 'updateDriver':
      return updateDriver(world, state)
    case 'addDriver':
      return world.addDriver()
    case 'removeDriver':
      return operator.order({ do: 'driver.remove', driver: anyDriver(world, state) } as { do: string })
  }
}

/** Something goes wrong: somebody does what is not allowed, or the world fails. */
function fail(world: World, agent: Agent, state: State | undefined): void {
  const { random } = world
  const fault = random.weighted(faults)
  switch (fault) {
    case 'disconnect':
      if (agent.disconnect()) world.note('fault: disconnect')
      return
    case 'misbehave':
      if (agent.misbehave()) world.note('fault: misbehave')
      return
    case 'flawedOrder':
      return grant(world, agent, state, random.pick(flaws))
    case 'haltScope':
      return haltScope(world, agent, anyDriver(world, state))
    default:
      return strike(world, fault)
  }
}

const none = new Uint8Array(0)

/** What the world cannot do without is made first. */
function scarce(world: World, state: State): boolean {
  const { random } = world
  if (state.halted !== null) return false
  if (state.drivers.size === 0 && random.percent(60)) world.addDriver()
  else if (state.agents.size < 2 && random.percent(60)) world.addAgent()
  else if (random.percent(20) && [...state.drivers.values()].some((driver) => isSilent(state, driver)))
    grantQuestions(world, state)
  else if (state.capabilities.size < 4 && random.percent(60))
    grant(world, random.pick(world.agents), state, 'none')
  else return false
  return true
}

/** A driver that could ask, and may not. */
function isSilent(state: State, { id: driver, program }: Driver): boolean {
  return program.client !== undefined && state.processes.get(id(driver))?.handles.size === 0
}

function call(world: World, agent: Agent, state: State | undefined): void {
  const { random } = world
  agent.connect()
  const held = heldBy(state, agent)
  if (state !== undefined && held.length === 0 && random.percent(70))
    return grant(world, agent, state, 'none')
  const [handle, capability] =
    held.length > 0 && random.percent(93) ? random.pick(held) : [random.between(1, 9), 1]
  const node = state?.capabilities.get(id(capability))
  const granted = node === undefined ? selectors : grantedBy(state, capability)
  const selector = random.percent(90) && granted.length > 0 ? random.pick(granted) : random.pick(selectors)
  const designation: JsonObject = random.percent(85) ? { handle } : { object: Number(node?.object ?? 2) }
  const honest = selector.startsWith('resources/') ? resourceArguments : callArguments
  const body = random.percent(97) ? JSON.stringify(honest(random, world.count())) : '{"n":1,"n":2}'
  const due = random.percent(12) ? { deadlineMs: random.pick([1, 40, 500, 700_000]) } : {}
  agent.call({ selector, ...designation, ...due }, Buffer.from(body))
}

function look(world: World, agent: Agent, state: State | undefined): void {
  const { random } = world
  const op = random.pick(['capabilities', 'definitions', 'discover', 'discover'])
  const readable = [...(state?.capabilities.values() ?? [])].find(
    ({ holder, caveats }) =>
      Number(holder) === agent.process && caveats.selectors?.includes('resources/read') === true,
  )
  const object = random.percent(80) && readable !== undefined ? readable.object : anyDriver(world, state)
  agent.ask({ op, object, ...(op === 'discover' ? { what: 'resources' } : {}) }, none)
}

function derive(world: World, agent: Agent, state: State | undefined): void {
  const { random } = world
  agent.connect()
  const held = heldBy(state, agent)
  const [handle, capability] =
    held.length > 0 && random.percent(95) ? random.pick(held) : [random.between(1, 9), 0]
  const children = world.agents.filter((child) => child.parent === agent.process && child.process > 0)
  const known = children.length > 0 && random.percent(60) ? children : world.agents
  const other = random.percent(children.length > 0 ? 60 : 25) ? random.pick(known).process : 0
  const caveats = deriveTerms(random, world.now(), grantedBy(state, capability))
  const header = { op: 'derive', handle, ...(other > 0 ? { holder: other } : {}) }
  agent.ask(header, Buffer.from(JSON.stringify(caveats)))
}

/** Gives something away for good, mostly to a child of its own. */
function move(world: World, agent: Agent, state: State | undefined): void {
  const { random } = world
  agent.connect()
  const held = heldBy(state, agent)
  const [handle] = held.length > 0 && random.percent(95) ? random.pick(held) : [random.between(1, 9)]
  const children = world.agents.filter((child) => child.parent === agent.process && child.process > 0)
  const holder = random.pick(children.length > 0 && random.percent(70) ? children : world.agents).process
  agent.ask({ op: 'move', handle, holder }, none)
}

/** Mostly a child of its own; now and then somebody else's, or no child at all. */
function endChild(world: World, agent: Agent): void {
  const { random } = world
  const children = world.agents.filter((child) => child.parent === agent.process)
  const child = children.length > 0 && random.percent(85) ? random.pick(children) : random.pick(world.agents)
  agent.connect()
  agent.ask({ op: 'end', process: child.process, reason: 'drill' }, none)
}

function grant(world: World, agent: Agent, state: State | undefined, flaw: Flaw): void {
  const { random, operator } = world
  const other = random.pick(world.agents)
  const isIntroduction = random.percent(12) && other !== agent && other.process > 0
  const second = [...(state?.operators.values() ?? [])]
    .slice(1)
    .find(({ level, status }) => level !== 'co-operator' && status === undefined)
  const isJoint = second !== undefined && random.percent(50)
  const caveats = isIntroduction
    ? { selectors: ['capability/receive'], where: {} }
    : { ...grantTerms(random, world.now()), ...(isJoint ? { quorum: 2 } : {}) }
  const object = isIntroduction ? other.process : anyDriver(world, state)
  operator.order(
    { do: 'capability.grant', holder: agent.process, object, caveats } as { do: string },
    undefined,
    flaw,
  )
  if (!('quorum' in caveats) || second === undefined) return
  // What needs grants of two operators is of little use without the other.
  const { quorum: _, ...rest } = caveats
  const theirs = { do: 'capability.grant', holder: agent.process, object, caveats: rest }
  operator.order(theirs, undefined, 'none', {}, second)
}

function heldBy(state: State | undefined, agent: Agent): readonly (readonly [number, number])[] {
  const process = state?.processes.get(id(agent.process))
  return process === undefined ? [] : [...process.handles]
}

function grantedBy(state: State | undefined, capability: number): readonly string[] {
  for (
    let at = state?.capabilities.get(id(capability));
    at !== undefined;
    at = state?.capabilities.get(id(at.parent))
  )
    if (at.caveats.selectors !== undefined) return at.caveats.selectors
  return []
}
