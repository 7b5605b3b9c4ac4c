/**
 * Holds the kernel's own state, as data, against the independent fold at the same position: who holds what,
 * what of it lives, which calls are under way, what is used up. Checks I3, I5, I7 and I9: nothing changed but
 * what the events say.
 */
import { id } from '../../../src/base/ids.ts'
import type { Process, State } from '../../../src/kernel/state.ts'
import { availableOf } from '../../../src/kernel/capability/budget.ts'
import { budgetLeft } from './budget.ts'
import type { Model, ModelProcess, Node } from './model.ts'
import { death } from './model.ts'
import { liveHalts } from './standing-still.ts'
import { demand, known } from './violation.ts'

/** Stops unless state and model agree. Both must be at the same event. */
export function compareState(state: State, model: Model): void {
  demand(
    Number(state.seq) === model.events.length,
    'I9 replay',
    `the state is at ${state.seq}, the fold at ${model.events.length}`,
  )
  demand(
    (state.halted !== null) === model.halted,
    'I10 halt',
    'state and fold differ on whether everything is halted',
  )
  const still = [...(state.scopes?.keys() ?? [])].toSorted().join()
  demand(still === liveHalts(model).toSorted().join(), 'I10 halt', 'state and fold differ on what is halted')
  const canon = `${state.domain?.canonVersion} ${state.domain?.canonDigest}`
  demand(
    state.domain === null || canon === `${model.charter.version} ${model.charter.digest}`,
    'I12 canon',
    'the canon changed',
  )
  compareOperators(state, model)
  compareProcesses(state, model)
  compareCapabilities(state, model)
  compareCalls(state, model)
  for (const driver of state.drivers.values()) {
    const known_ = known(model.drivers.get(driver.id), 'I7 frame', `driver o${driver.id}`)
    demand(known_.attached === driver.attached, 'I7 frame', `driver o${driver.id} is attached otherwise`)
    const declared = driver.program.client ?? []
    const isSame =
      sameSet(known_.quarantined, driver.quarantined) && sameSet(known_.declared, new Set<string>(declared))
    demand(isSame, 'I7 frame', `driver o${driver.id} offers something else`)
  }
  demand(state.drivers.size === model.drivers.size, 'I7 frame', 'drivers were lost')
  demand(state.agents.size === model.agents.size, 'I7 frame', 'agents were lost')
  demand(
    state.nextCapability === model.nodes.size + 1 && state.nextCall === model.calls.size + 1,
    'I1 forest',
    'an id could be used again',
  )
}

function compareOperators(state: State, { realm }: Model): void {
  demand(state.operators.size === realm.people.size, 'I5 confinement', 'operators were lost or made up')
  for (const { id: operator, publicKey, level, status = 'active', domain = '' } of state.operators.values()) {
    const person = known(realm.people.get(operator), 'I5 confinement', `operator ${operator}`)
    const isSame = person.key === publicKey && person.level === level && person.domain === domain
    demand(isSame && person.status === status, 'I5 confinement', `operator ${operator} is another`)
  }
  const waiting = [...(state.proposals?.keys() ?? [])].map(Number)
  const isSame = waiting.length === realm.proposals.size && waiting.every((each) => realm.proposals.has(each))
  demand(isSame, 'I13 once', 'proposals that wait differ')
  const heard = state.standing ?? { statement: 0, status: 'active', validUntil: 0 }
  demand(
    heard.statement === realm.statement &&
      heard.status === realm.status &&
      heard.validUntil === realm.validUntil,
    'I10 halt',
    'state and fold differ on what the sovereign said',
  )
}

function sameSet(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((item) => right.has(item))
}

function compareProcesses(state: State, model: Model): void {
  for (const { id: process, killed, parent } of model.processes.values()) {
    const mayBeForgotten = killed && parent !== 0
    demand(state.processes.has(id(process)) || mayBeForgotten, 'I7 frame', `p${process} was lost`)
  }
  for (const process of state.processes.values()) {
    const seen = known(model.processes.get(process.id), 'I7 frame', `process p${process.id}`)
    demand(seen.killed === process.killed, 'I3 revocation', `p${process.id} is killed in one fold only`)
    compareRunning(process, seen)
    for (const [handle, capability] of process.handles) {
      const node = seen.handles.get(handle)
      demand(
        node?.id === Number(capability),
        'I5 confinement',
        `p${process.id} holds c${capability} at ${handle} unasked`,
      )
    }
    for (const [handle, node] of seen.handles) {
      const isHeld = [...process.handles.keys()].some((held) => Number(held) === handle)
      // A long table forgets what died with something above it.
      const lives = !isDead(model, node)
      demand(isHeld || !lives, 'I3 revocation', `p${process.id} lost c${node.id}, which nobody revoked`)
    }
  }
}

function compareRunning({ id: process, frozen, share, timers }: Process, seen: ModelProcess): void {
  demand(seen.frozen === (frozen !== undefined), 'I7 frame', `p${process} is frozen in one fold only`)
  const weighed = share === undefined ? '' : `${share.weight} ${share.priority}`
  demand(seen.share === weighed, 'I7 frame', `p${process} weighs ${weighed} and was given ${seen.share}`)
  demand(seen.timers.size === (timers?.size ?? 0), 'I7 frame', `p${process} has other timers than it set`)
  for (const [timer, { hasFired, dueAt }] of timers ?? []) {
    const set = seen.timers.get(timer)
    demand(
      set?.hasFired === hasFired && set.dueAt === dueAt,
      'I7 frame',
      `timer ${timer} is not as it was set`,
    )
  }
}

function compareCapabilities(state: State, model: Model): void {
  const present = new Map(
    [...state.capabilities.values()].map((capability) => [Number(capability.id), capability]),
  )
  for (const capability of present.values()) {
    const node = known(model.nodes.get(capability.id), 'I5 confinement', `c${capability.id}`)
    const sameParent = (node.parent?.id ?? 0) === Number(capability.parent)
    demand(
      sameParent && node.holder === Number(capability.holder) && node.object === Number(capability.object),
      'I5 confinement',
      `c${capability.id} is not what was made`,
    )
    const taken = capability.spent + capability.reserved
    demand(taken === node.taken, 'I13 once', `c${capability.id} counts ${taken} uses and had ${node.taken}`)
    if (!capability.revoked || capability.handle === 0) continue
    demand(isDead(model, node), 'I3 revocation', `c${node.id} is dead and nobody revoked it`)
  }
  compareBudgets(state, model)
  for (const node of model.nodes.values()) {
    if (node.handle === 0 || isDead(model, node)) continue
    const capability = present.get(node.id)
    demand(capability?.revoked === false, 'I3 revocation', `c${node.id} lives in one fold only`)
  }
}

/** What is left of a budget is the same, reckoned along the tree or kept as it changed. */
function compareBudgets(state: State, model: Model): void {
  for (const node of model.nodes.values()) {
    if (node.amount === null || isDead(model, node)) continue
    const account = known(state.accounts?.get(id(node.id)), 'I2 attenuation', `budget of c${node.id}`)
    const [kept, reckoned] = [availableOf(account), budgetLeft(model, node)]
    demand(kept === reckoned, 'I2 attenuation', `c${node.id} has ${kept} left and should have ${reckoned}`)
  }
  for (const [capability, { closed, reserved }] of state.accounts ?? []) {
    const node = known(model.nodes.get(capability), 'I2 attenuation', `c${capability}`)
    const isKept = closed ? reserved > 0 : !isDead(model, node)
    demand(isKept && node.amount !== null, 'I2 attenuation', `c${capability} keeps a budget that is over`)
  }
}

function isDead(model: Model, node: Node): boolean {
  const cause = death(model, node, 0)
  return cause === 'revoked' || cause === 'killed'
}

function compareCalls(state: State, model: Model): void {
  demand(state.calls.size === model.active.size, 'I13 once', 'calls under way differ')
  for (const call of state.calls.values()) {
    const seen = known(model.active.get(call.id), 'I13 once', `call k${call.id}`)
    demand(seen.stage === call.stage, 'I13 once', `k${call.id} is ${call.stage} and was ${seen.stage}`)
    demand(
      seen.node.id === Number(call.capability),
      'I6 mediation',
      `k${call.id} is under another capability`,
    )
    // Every call under way must have a living ground, but for the passing of time.
    const isDenied = call.stage === 'denied'
    demand(isDenied || !isDead(model, seen.node), 'I3 revocation', `k${call.id} outlived its capability`)
  }
}
