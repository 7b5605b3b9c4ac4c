/**
 * Operators beside the first one: enrolled, given new keys, lost, revoked, and ordering what their level allows
 * or does not. In a world with a sovereign they are enrolled there and reach the domain by statement; in one
 * without, in the kernel itself. The first operator is left alone, so that peace can be made in the end.
 */
import { id } from '../../../src/base/ids.ts'
import type { OrderAction } from '../../../src/kernel/command.ts'
import { enrolmentText } from '../../../src/kernel/sovereign/operators.ts'
import type { Operator as KnownOperator, State } from '../../../src/kernel/state.ts'
import type { World } from './world.ts'

const things = {
  enrol: 5,
  rotate: 3,
  revoke: 2,
  confirm: 22,
  confirmOwn: 3,
  decline: 4,
  freeze: 2,
  unfreeze: 6,
  silence: 2,
  carry: 6,
  misdeliver: 4,
} as const
const levels = ['sovereign', 'co-operator', 'co-operator', 'domain-sovereign'] as const
const most = 8

/** Does one thing about operators, drawn by chance. */
export function actOnPeople(world: World, state: State | undefined): void {
  const { random, sovereign } = world
  switch (random.weighted(things)) {
    case 'enrol':
      return enrol(world, governing(world, state))
    case 'rotate':
      return change(world, governing(world, state), 'rotate')
    case 'revoke':
      return change(world, governing(world, state), 'revoke')
    case 'confirm':
      return confirm(world, state, random.percent(30) ? 'somebody' : 'first')
    case 'confirmOwn':
      return confirm(world, state, 'proposer')
    case 'decline': {
      const [kept] = state?.proposals?.values() ?? []
      if (kept === undefined) return
      return world.operator.order({ do: 'order.decline', proposal: kept.id, reason: 'no' } as { do: string })
    }
    case 'freeze':
      return sovereign?.sovereign.order({ do: 'domain.freeze', name: world.domain, reason: 'drill' })
    case 'unfreeze':
      return sovereign?.sovereign.order({ do: 'domain.unfreeze', name: world.domain })
    case 'silence':
      if (sovereign === null) return
      world.note('fault: silence')
      sovereign.silence(random.between(200, 4_000))
      return world.skew(random.pick([50_000_000, 100_000_000]))
    case 'carry':
      return sovereign?.carry()
    case 'misdeliver':
      return sovereign?.misdeliver()
  }
}

/** A second sovereign operator, whose grants beside the first one’s make what needs both. */
export function enrolSecond(world: World): void {
  const person = { name: 'person-1', level: 'sovereign', publicKey: world.keys.person('person-1 1') } as const
  const proof = world.keys.signAs(person.publicKey, enrolmentText(person))
  order(world, { do: 'operator.enrol', ...person, proof })
}

/** Somebody else than the first operator, to give an order; null mostly. */
export function somebody(world: World, state: State | undefined): KnownOperator | null {
  const others = [...(state?.operators.values() ?? [])].slice(1)
  return others.length > 0 && world.isHostile && world.random.percent(30) ? world.random.pick(others) : null
}

/** The kernel's state that operators are enrolled in. */
function governing(world: World, state: State | undefined): State | undefined {
  return world.sovereign === null ? state : world.sovereign.sovereign.state
}

function enrol(world: World, state: State | undefined): void {
  if (state === undefined || state.operators.size > most) return
  const { random, keys } = world
  const name = `person-${state.operators.size}`
  const level = random.pick(levels)
  const [domainOf = world.domain] = world.domains
  const domain = level === 'domain-sovereign' ? { domain: domainOf } : {}
  const person = { name, level, publicKey: keys.person(`${name} 1`), ...domain }
  const proof = keys.signAs(person.publicKey, enrolmentText(person))
  const isProven = random.percent(90)
  if (!isProven) world.note('fault: key not proven')
  order(world, { do: 'operator.enrol', ...person, proof: isProven ? proof : 'A'.repeat(86) })
}

function change(world: World, state: State | undefined, what: 'rotate' | 'revoke'): void {
  const others = [...(state?.operators.values() ?? [])].slice(1)
  if (others.length === 0) return
  const { random, keys } = world
  const { id: operator, ...person } = random.pick(others)
  if (what === 'revoke')
    return order(world, { do: 'operator.revoke', operator, reason: random.pick(['lost', 'lost', 'revoked']) })
  const publicKey = keys.person(`${person.name} ${world.count()}`)
  const proof = keys.signAs(publicKey, enrolmentText({ ...person, publicKey }))
  order(world, { do: 'operator.rotate', operator, publicKey, proof })
}

/** To the sovereign where there is one, as the first operator; otherwise to the kernel, as whoever it may be. */
function order(world: World, action: OrderAction): void {
  if (world.sovereign !== null) world.sovereign.sovereign.order(action)
  else world.operator.order(action)
}

function confirm(world: World, state: State | undefined, by: 'first' | 'somebody' | 'proposer'): void {
  const waiting = [...(state?.proposals?.values() ?? [])]
  if (state === undefined || waiting.length === 0) return
  const { random, operator } = world
  const kept = random.pick(waiting)
  const all = [...state.operators.values()]
  const who = { first: all[0], somebody: random.pick(all), proposer: state.operators.get(kept.operator) }[by]
  const isShown = random.percent(95)
  if (!isShown) world.note('fault: decision on something else')
  const digest = isShown ? kept.digest : '0'.repeat(64)
  operator.order(
    { do: 'order.confirm', proposal: id<never>(kept.id), digest } as { do: string },
    undefined,
    'none',
    {},
    who,
  )
}
