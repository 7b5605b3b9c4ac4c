/**
 * What operators do to drivers and to what waits for them: they grant questions, mostly to the drivers that may
 * ask them, accept another version of a program, and decide.
 */
import { id } from '../../../src/base/ids.ts'
import type { State } from '../../../src/kernel/state.ts'
import { updatedManifest } from './manifests.ts'
import { operatorAnswer, questionTerms } from './question-terms.ts'
import { deriveTerms } from './terms.ts'
import type { World } from './world.ts'

/** Grants a driver what it may ask; sometimes on another, or to an agent, which must not be. */
export function grantQuestions(world: World, state: State | undefined): void {
  const { random, operator } = world
  const driver = anyDriver(world, state)
  const stranger = random.percent(50) ? anyDriver(world, state) : random.pick(world.agents).process
  const holder = random.percent(92) ? driver : stranger
  const declared = state?.drivers.get(id(driver))?.program.client ?? []
  const caveats = questionTerms(random, world.now(), declared)
  operator.order({ do: 'capability.grant', holder, object: driver, caveats } as { do: string })
}

/** Accepts what a driver has become. */
export function updateDriver(world: World, state: State | undefined): void {
  const { random, operator } = world
  const driver = anyDriver(world, state)
  const before = state?.drivers.get(id(driver))?.program
  const args = before?.protocol === 'mcp-stdio' ? before.args : []
  const manifest = updatedManifest(random, { args, client: before?.client ?? [] })
  operator.order({ do: 'driver.update', driver, manifest } as { do: string })
}

/** Narrows something in place, mostly to less than it allows. */
export function narrow(world: World, state: State | undefined): void {
  const { random, operator } = world
  const capability = anyCapability(world, state)
  const listed = state?.capabilities.get(id(capability))?.caveats.selectors ?? []
  const caveats = deriveTerms(random, world.now(), listed)
  operator.order({ do: 'capability.narrow', capability, caveats } as { do: string })
}

/** Decides something that is held. */
export function decide(world: World, state: State | undefined, action: 'approve' | 'deny'): void {
  const { random, operator } = world
  const held = [...(state?.calls.values() ?? [])].filter((each) => each.stage === 'held')
  if (held.length === 0) return
  const { id: call, approvalDigest, nonce, selector } = random.pick(held)
  const isShown = random.percent(94)
  if (!isShown) world.note('fault: decision on something else')
  const digest = isShown ? approvalDigest : '0'.repeat(64)
  const isAsked = selector === 'client/elicitation' || random.percent(5)
  if (action === 'approve')
    return operator.approve({ call, digest, nonce }, isAsked ? operatorAnswer(random) : null)
  operator.order({ do: 'call.deny', call, digest, comment: random.pick(['', 'fine', 'no']) } as {
    do: string
  })
}

/** A capability that exists, mostly. */
export function anyCapability({ random }: World, state: State | undefined): number {
  const all = [...(state?.capabilities.keys() ?? [])]
  return all.length > 0 && random.percent(95) ? Number(random.pick(all)) : random.between(1, 50)
}

/** A driver that exists, mostly. */
export function anyDriver({ random }: World, state: State | undefined): number {
  const all = [...(state?.drivers.keys() ?? [])]
  return all.length > 0 && random.percent(97) ? Number(random.pick(all)) : random.between(1, 12)
}
