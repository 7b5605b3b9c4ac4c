/**
 * What is thrown at a domain: every kind of command that a surface can bring about, valid, malformed and
 * adversarial, drawn so that there is always something worth attacking.
 */
import { hash } from 'node:crypto'
import { id } from '../../src/base/ids.ts'
import type { Json } from '../../src/base/json.ts'
import type { State } from '../../src/kernel/state.ts'
import { parseCaveats } from '../../src/kernel/capability/parse-caveats.ts'
import {
  manifest,
  newManifest,
  offeredDigests,
  questions,
  selectors,
  updatedManifest,
} from '../simulation/world/manifests.ts'
import { askedParams, clientAnswer, questionTerms } from '../simulation/world/question-terms.ts'
import { deriveTerms, grantTerms } from '../simulation/world/terms.ts'
import type { Random } from '../simulation/world/random.ts'
import { hostileBytes, hostileSelector } from './hostile-bytes.ts'
import type { HostileDomain } from './hostile-domain.ts'

const likelihood = {
  call: 480,
  answer: 90,
  ask: 110,
  answerQuestion: 40,
  derive: 90,
  drop: 18,
  abandon: 25,
  grant: 50,
  flawedOrder: 20,
  malformedOrder: 15,
  revoke: 6,
  decide: 40,
  attach: 30,
  detach: 4,
  update: 3,
  agent: 3,
  kill: 1,
  tick: 20,
  refuse: 6,
} as const

/** Does one hostile thing to the domain. `n` is a number never used before. */
export function attack(domain: HostileDomain, random: Random, n: number): void {
  const { exchange, core } = domain
  const { state } = core
  const living = [...state.agents.values()]
    .map((agent) => agent.process)
    .filter((each) => state.processes.get(each)?.killed === false)
  if (living.length < 4 && random.percent(50)) return addAgent(domain, n)
  const process = random.percent(95) ? anyOf(random, living, 60) : anyOf(random, state.processes.keys(), 60)
  switch (random.weighted(likelihood)) {
    case 'call':
      return call(domain, random, process, n)
    case 'answer':
      return domain.answer()
    case 'ask':
      return ask(domain, random, n)
    case 'answerQuestion':
      return domain.answerQuestion(clientAnswer(random, false))
    case 'update':
      return update(domain, random)
    case 'derive':
      return derive(domain, random, process)
    case 'drop': {
      const capability = anyOf(random, state.capabilities.keys(), 1_000)
      const undispatched = exchange.flights.undispatched()
      return void exchange.submit({
        kind: 'capability.revoke',
        process: id(process),
        capability: id(capability),
        undispatched,
      })
    }
    case 'abandon':
      if (domain.waiters.length > 0) exchange.abandon(random.pick(domain.waiters))
      return
    case 'grant':
      return void domain.order(grantOf(domain, random, process))
    case 'flawedOrder':
      return void domain.order(grantOf(domain, random, process), random.pick(['forged', 'replayed', 'stale']))
    case 'malformedOrder':
      return void domain.order(malformed(random, process))
    case 'revoke':
      return void domain.order({
        do: 'capability.revoke',
        capability: anyOf(random, state.capabilities.keys(), 1_000),
      })
    case 'decide':
      return decide(domain, random)
    case 'attach':
      return attach(domain, random)
    case 'detach':
      return detach(domain, random)
    case 'agent':
      if (state.agents.size < 8) return addAgent(domain, n)
      return void domain.order({ do: 'agent.remove', agent: anyOf(random, state.agents.keys(), 99) })
    case 'kill':
      return void domain.order({ do: 'process.kill', process, reason: 'drill' })
    case 'tick':
      domain.now += random.pick([0, 1, 20, 500, 11_000, 61_000])
      exchange.submit({ kind: 'clock.tick' })
      return exchange.flushRefusals()
    case 'refuse':
      return void exchange.submit({
        kind: 'syscall.refuse',
        process: id(process),
        selector: hostileSelector(random, selectors),
        code: 'bad-request',
        message: 'malformed',
        needed: '',
      })
  }
}

function call(domain: HostileDomain, random: Random, process: number, n: number): void {
  const { state } = domain.core
  const handles = [...(state.processes.get(id(process))?.handles ?? [])].slice(-64)
  const [handle, capability] =
    handles.length > 0 && random.percent(93) ? random.pick(handles) : [random.between(1, 5_000), 0]
  const node = state.capabilities.get(id(capability))
  const granted = node?.caveats.selectors ?? selectors
  const designation = random.percent(80)
    ? { handle }
    : { object: node?.object ?? anyOf(random, state.drivers.keys(), 70_000) }
  domain.call(
    process,
    designation,
    hostileSelector(random, random.percent(85) ? granted : selectors),
    hostileBytes(random, n),
    random.percent(50) ? questions : [],
  )
}

/** A driver asks in the course of its own call, of another's, of one that never was, or of none. */
function ask(domain: HostileDomain, random: Random, n: number): void {
  const { state } = domain.core
  const driver = anyOf(random, state.drivers.keys(), 60)
  const own = [...state.calls.values()].filter((call) => Number(call.object) === driver).slice(-16)
  const other = anyOf(random, state.calls.keys(), 5_000)
  const within = own.length > 0 && random.percent(80) ? Number(random.pick(own).id) : other
  const selector = random.percent(93) ? random.pick(questions) : hostileSelector(random, selectors)
  const bytes = random.percent(90) ? askedParams(random, selector, n) : hostileBytes(random, n)
  domain.ask(driver, selector, random.percent(92) ? within : undefined, bytes)
}

/** An operator accepts what a driver has become. */
function update(domain: HostileDomain, random: Random): void {
  const driver = anyOf(random, domain.core.state.drivers.keys(), 60)
  const program = domain.core.state.drivers.get(id(driver))?.program
  const args = program?.protocol === 'mcp-stdio' ? program.args : []
  const updated = updatedManifest(random, { args, client: program?.client ?? [] })
  domain.order({ do: 'driver.update', driver, manifest: updated } as unknown as Json)
}

function addAgent(domain: HostileDomain, n: number): void {
  const tokenDigest = hash('sha256', `token ${n}`, 'hex')
  domain.order({ do: 'agent.add', name: `agent-${n}`, tokenDigest })
}

/** Mostly one that exists; sometimes any number, sometimes none that could be an id. */
function anyOf(random: Random, ids: Iterable<number>, limit: number): number {
  const all = [...ids]
  return all.length > 0 && random.percent(93) ? random.pick(all.slice(-64)) : random.between(1, limit)
}

function derive({ exchange, core, now }: HostileDomain, random: Random, process: number): void {
  const { state } = core
  const handle = anyOf(random, state.processes.get(id(process))?.handles.keys() ?? [], 5_000)
  const holder = random.percent(75) ? process : anyOf(random, state.processes.keys(), 60)
  const parsed = parseCaveats(deriveTerms(random, now, selectors.slice(0, 3)) as unknown as Json)
  if (!parsed.ok) return
  const asked = { process: id<never>(process), handle: id<never>(handle), holder: id<never>(holder) }
  exchange.submit({ kind: 'capability.derive', ...asked, caveats: parsed.value })
}

function grantOf({ core, now }: HostileDomain, random: Random, process: number): Json {
  const { state } = core
  if (random.percent(30)) return grantOfQuestions(state, random, process, now)
  const isIntroduction = random.percent(15)
  const object = isIntroduction
    ? anyOf(random, state.processes.keys(), 60)
    : anyOf(random, state.drivers.keys(), 60)
  const caveats = isIntroduction ? { selectors: ['capability/receive'], where: {} } : grantTerms(random, now)
  return { do: 'capability.grant', holder: process, object, caveats } as unknown as Json
}

/** To a driver on itself, mostly; to an agent, or on another driver, now and then. */
function grantOfQuestions(state: State, random: Random, process: number, now: number): Json {
  const object = anyOf(random, state.drivers.keys(), 60)
  const stranger = random.percent(50) ? process : anyOf(random, state.drivers.keys(), 60)
  const holder = random.percent(90) ? object : stranger
  const caveats = questionTerms(random, now, state.drivers.get(id(object))?.program.client ?? [])
  return { do: 'capability.grant', holder, object, caveats } as unknown as Json
}

function malformed(random: Random, process: number): Json {
  return random.pick<Json>([
    null,
    [],
    {},
    { do: 'capability.grant' },
    { do: 'capability.grant', holder: process, object: 2, caveats: { selectors: ['*'], where: {} } },
    {
      do: 'capability.grant',
      holder: process,
      object: 2,
      caveats: { selectors: ['tools/read'], where: {}, argumentsCommitment: 'x' },
    },
    { do: 'capability.grant', holder: process, object: 2, caveats: { selectors: ['tools/read'], wher: {} } },
    { do: 'domain.resume', extra: 1 },
    { do: '__proto__' },
    { do: 'process.kill', process: -1, reason: '' },
    { do: 'process.weigh', process, weight: 9, priority: 2 },
    { do: 'process.weigh', process, weight: 100, priority: 1.5 },
    { do: 'process.freeze', process, reason: '' },
    { do: 'call.approve', call: 1, digest: 'zz', comment: '' },
    { do: 'driver.add', name: '../x', manifest: manifest as unknown as Json },
  ])
}

function decide(domain: HostileDomain, random: Random): void {
  const held = [...domain.core.state.calls.values()].filter((call) => call.stage === 'held')
  if (held.length === 0) return
  const one = random.pick(held)
  if (one.selector === 'client/elicitation' && random.percent(50)) return domain.approveWithAnswer(one)
  const { id: call, approvalDigest } = one
  const digest = random.percent(92) ? approvalDigest : 'f'.repeat(64)
  domain.order({ do: random.pick(['call.approve', 'call.deny'] as const), call, digest, comment: '' })
}

function attach(domain: HostileDomain, random: Random): void {
  const { drivers } = domain.core.state
  if (drivers.size < 2)
    domain.order({
      do: 'driver.add',
      name: `driver-${domain.core.state.nextObject}`,
      manifest: newManifest(random),
    })
  const driver = [...drivers.values()].find((each) => each.attached === 0)
  if (driver === undefined) return
  const { program } = driver
  const offered = offeredDigests(program.protocol === 'mcp-stdio' ? Number(program.args[0]) : 1)
  const definitions = random.percent(90) ? offered : new Map(offered).set('tools/read', '')
  domain.exchange.submit({ kind: 'driver.attach', driver: driver.id, definitions })
}

function detach(domain: HostileDomain, random: Random): void {
  const { core, exchange } = domain
  const drivers = [...core.state.drivers.values()]
  if (drivers.length === 0) return
  const { id: driver, attached } = random.pick(drivers)
  const undispatched = exchange.flights.undispatched()
  exchange.submit({ kind: 'driver.detach', driver, incarnation: attached, reason: 'gone', undispatched })
  if (random.percent(50)) domain.forgetOpen()
}
