/**
 * How a capability may change in place: its holder gives it away, or an operator adds terms. Checks I2, I3 and
 * I5: what was counted stays counted, nothing widens, and what no longer fits ends.
 */
import type { EventOf } from '../../../src/kernel/event.ts'
import { committed, demandCovered, payerOf } from './budget.ts'
import { inside } from './constraint.ts'
import { condemn, mayGive } from './fold-authority.ts'
import type { Model, ModelCall } from './model.ts'
import { allTerms, death, grants, groundOf, lineage } from './model.ts'
import { demand, known } from './violation.ts'
import type { Witness } from './witness.ts'

/** A process put what it held into another's hands. */
export function foldMoved(model: Model, { actor, at, body }: EventOf<'capability.moved'>): void {
  const { capability, from, holder, handle, cut } = body
  const name = `c${capability}`
  const node = known(model.nodes.get(capability), 'I1 forest', name)
  const isOwn = actor.kind === 'process' && actor.id === Number(from) && node.holder === Number(from)
  demand(isOwn && node.handle !== 0, 'I5 confinement', `${name} was moved by ${actor.kind} ${actor.id}`)
  demand(death(model, node, at) === null, 'I4 live authority', `${name} was moved and is dead`)
  demand(mayGive(model, node.holder, holder, at), 'I5 confinement', `p${from} may not give ${name} away`)
  demand(!model.drivers.has(holder), 'I12 canon', `driver o${holder} was given ${name}`)
  const mayPass = allTerms(node).every(({ derivable }) => derivable !== false)
  demand(mayPass, 'I2 attenuation', `${name} may not be passed on`)
  const giver = known(model.processes.get(from), 'I1 forest', `p${from}`)
  const taker = known(model.processes.get(holder), 'I1 forest', `p${holder}`)
  demand(!taker.killed && taker !== giver, 'I5 confinement', `${name} was moved to p${holder}`)
  demand(handle === taker.lastHandle + 1, 'I1 forest', `handle ${handle} of p${holder} is not the next one`)
  giver.handles.delete(node.handle)
  taker.handles.set(handle, node)
  taker.lastHandle = handle
  const ended = [...model.active.values()].filter(
    (call) =>
      call.process === Number(from) &&
      call.stage !== 'denied' &&
      [call.node, ...call.joined].some((leaf) => (leaf.handle === 0 ? leaf.parent : leaf) === node),
  )
  node.handle = handle
  node.holder = holder
  node.holders.add(holder)
  demandSame(name, ended, cut)
  condemn(model, ended)
}

/** An operator added terms to a capability. */
export function foldNarrowed(model: Model, witness: Witness, event: EventOf<'capability.narrowed'>): void {
  const { capability, caveats, cut } = event.body
  const name = `c${capability}`
  const node = known(model.nodes.get(capability), 'I1 forest', name)
  demand(node.handle !== 0 && !node.revoked, 'I5 confinement', `${name} cannot be narrowed`)
  const wide = (caveats.selectors ?? []).find((selector) => !grants(node, selector))
  demand(wide === undefined, 'I2 attenuation', `${name} was narrowed to ${wide}`)
  const before = payerOf(node.parent)
  const gone = node.amount === null ? 0 : committed(model, node)
  if (node.amount === null && caveats.budget !== undefined) node.lender = before
  if (caveats.budget !== undefined) node.amount = caveats.budget.amount + gone
  node.added.push({ caveats, takenBefore: node.taken, since: event.at })
  if (caveats.budget !== undefined) demandCovered(model, before ?? node, `narrowing ${name}`)
  const listed = new Set<number>(cut)
  const under = [...model.active.values()].filter((call) => isUnder(call, node))
  for (const call of under)
    demand(listed.has(call.id) || fits(witness, event, call), 'I3 revocation', `k${call.id} outlived ${name}`)
  const strangers = cut.filter((call) => !under.some((known_) => known_.id === Number(call)))
  demand(strangers.length === 0, 'I7 frame', `narrowing ${name} ended ${strangers.join(',')}`)
  condemn(
    model,
    under.filter((call) => listed.has(call.id)),
  )
}

function isUnder(call: ModelCall, node: Parameters<typeof lineage>[0]): boolean {
  return call.stage !== 'denied' && groundOf(call).includes(node)
}

function fits(witness: Witness, { body }: EventOf<'capability.narrowed'>, call: ModelCall): boolean {
  const { selectors, where } = body.caveats
  if (selectors?.includes(call.selector) === false) return false
  const texts = witness.sent.get(call.commitment) ?? []
  const values = texts.map(({ text }) => witness.argumentsOf(text)).find((found) => found !== null)
  return (
    where === undefined || (values !== undefined && values !== null && inside(where, call.selector, values))
  )
}

function demandSame(name: string, ended: readonly ModelCall[], cut: readonly number[]): void {
  const listed = new Set(cut)
  const isSame = ended.length === listed.size && ended.every((call) => listed.has(call.id))
  demand(
    isSame,
    'I3 revocation',
    `${name} ended ${cut.join(',')}, not ${ended.map(({ id }) => id).join(',')}`,
  )
}
