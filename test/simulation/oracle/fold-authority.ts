/**
 * How authority may come to be and end: by an operator's signed order, by a holder's narrowing, and never
 * otherwise. Checks I1, I2, I3 and I5 on the events that make and end capabilities and processes.
 */
import type { Caveats } from '../../../src/kernel/capability/terms.ts'
import type { EventOf } from '../../../src/kernel/event.ts'
import { demandCovered, payerOf } from './budget.ts'
import { allows } from './constraint.ts'
import { isFrozen } from './fold-processes.ts'
import type { Model, ModelCall, Node } from './model.ts'
import { allTerms, death, grants, groundOf, lineage, newcomer, usesLeft } from './model.ts'
import { isQuestion } from './question.ts'
import { demand, known } from './violation.ts'
import { witnessValues } from './witness-values.ts'

/** An operator granted a root capability. */
export function foldGranted(model: Model, { actor, body }: EventOf<'capability.granted'>): void {
  const { capability, holder, handle, object, caveats } = body
  demand(caveats.selectors !== undefined, 'I5 confinement', `grant c${capability} names no selectors`)
  const isDriver = model.drivers.has(holder)
  demand(
    caveats.selectors.every((selector) => isQuestion(selector) === isDriver),
    'I12 canon',
    `c${capability} gives p${holder} what ${isDriver ? 'only agents' : 'only drivers'} may hold`,
  )
  demand(!isDriver || Number(holder) === object, 'I12 canon', `p${holder} is given c${capability} on another`)
  // A driver that was added before drivers had processes gets its own with its first grant.
  if (isDriver && !model.processes.has(holder)) model.processes.set(holder, newcomer(holder))
  plant(model, { capability, parent: null, holder, handle, object, caveats, origin: actor.id })
}

/** A process narrowed what it holds. */
export function foldDerived(model: Model, event: EventOf<'capability.derived'>): void {
  const { capability, parent: parentId, holder, handle, caveats } = event.body
  const parent = known(model.nodes.get(parentId), 'I1 forest', `parent c${parentId}`)
  const actor = event.actor.id
  demand(event.actor.kind === 'process', 'I5 confinement', `c${capability} was derived by no process`)
  demand(!isFrozen(model, actor), 'I4 live authority', `p${actor} derived c${capability} while it was frozen`)
  demand(
    parent.holder === actor && parent.handle !== 0,
    'I5 confinement',
    `p${actor} derived from c${parentId}, not its own`,
  )
  demand(
    holder === actor || !model.drivers.has(holder),
    'I12 canon',
    `driver o${holder} was given c${capability} by p${actor}`,
  )
  const dead = death(model, parent, event.at)
  demand(dead === null, 'I4 live authority', `c${capability} was derived from c${parentId}, which is ${dead}`)
  demand(
    allTerms(parent).every(({ derivable }) => derivable !== false),
    'I2 attenuation',
    `c${parentId} may not be derived from`,
  )
  demand(
    holder === actor || mayGive(model, actor, holder, event.at),
    'I5 confinement',
    `p${actor} gave c${capability} to p${holder} without a right to`,
  )
  demandNarrower(parent, caveats, capability)
  const made = { capability, parent, holder, handle, object: parent.object, caveats, origin: parent.origin }
  plant(model, made)
  const payer = payerOf(parent)
  if (caveats.budget !== undefined && payer !== null) demandCovered(model, payer, `deriving c${capability}`)
}

/** True when one process may put capabilities into another's hands. */
export function mayGive(model: Model, giver: number, receiver: number, at: number): boolean {
  if (model.processes.get(receiver)?.parent === giver) return true
  return [...model.nodes.values()].some(
    (node) =>
      node.holder === giver &&
      node.object === receiver &&
      node.handle !== 0 &&
      grants(node, 'capability/receive') &&
      death(model, node, at) === null,
  )
}

function grantsAny(parent: Node): boolean {
  return allTerms(parent).some(({ selectors = [] }) => selectors.some((selector) => grants(parent, selector)))
}

function demandNarrower(parent: Node, caveats: Caveats, capability: number): void {
  const wide = (what: string): string => `c${capability} claims ${what} that c${parent.id} does not have`
  for (const selector of caveats.selectors ?? [])
    demand(grants(parent, selector), 'I2 attenuation', wide(`selector ${selector}`))
  for (const { expiresAt, rate, where } of allTerms(parent)) {
    const longer = caveats.expiresAt !== undefined && expiresAt !== undefined && caveats.expiresAt > expiresAt
    demand(!longer, 'I2 attenuation', wide('a time'))
    const faster = caveats.rate !== undefined && rate !== undefined && caveats.rate.count > rate.count
    demand(!faster, 'I2 attenuation', wide('a rate'))
    if (where === undefined || caveats.where === undefined) continue
    for (const [selector, terms] of Object.entries(caveats.where)) {
      const above = where[selector] ?? where['*']
      // Terms for every selector claim nothing where the levels above have none in common any more.
      if (above === undefined || (selector === '*' && !grantsAny(parent))) continue
      demand(terms.open !== true || above.open === true, 'I2 attenuation', wide('open arguments'))
      for (const [name, term] of Object.entries(terms.arguments)) {
        const constraint = above.arguments[name]?.constraint
        demand(
          constraint !== undefined || above.open === true,
          'I2 attenuation',
          wide(`the argument ${name}`),
        )
        if (constraint === undefined) continue
        for (const value of witnessValues(term.constraint))
          demand(allows(constraint, value), 'I2 attenuation', wide(`${name}=${JSON.stringify(value)}`))
      }
    }
  }
  demand((caveats.uses ?? 0) <= usesLeft(parent), 'I2 attenuation', wide('uses'))
}

/** A capability was revoked: it and everything below it is dead from here on, and nothing else is. */
export function foldRevoked(model: Model, event: EventOf<'capability.revoked'>): void {
  const { capability, cut } = event.body
  const node = known(model.nodes.get(capability), 'I1 forest', `c${capability}`)
  if (event.actor.kind === 'process') {
    const isOver = lineage(node).some((level) => level.holder === event.actor.id && level.handle !== 0)
    demand(isOver, 'I5 confinement', `p${event.actor.id} revoked c${capability}, which is not below its own`)
  }
  node.revoked = true
  const ended = [...model.active.values()].filter((call) => call.stage !== 'denied' && isBelow(call, node))
  const listed = new Set<number>(cut)
  demand(
    ended.length === listed.size && ended.every((call) => listed.has(call.id)),
    'I3 revocation',
    `revoking c${capability} cut ${[...listed].join(',')}, not ${ended.map((call) => call.id).join(',')}`,
  )
  condemn(model, ended)
}

/** A process ended: with it all it held, all that came from it, and all calls made so. */
export function foldKilled(model: Model, processId: number): void {
  const first = known(model.processes.get(processId), 'I1 forest', `p${processId}`)
  const gone = new Set([first.id])
  // A child has a greater number than its parent, so one pass in the order of creation finds them all.
  for (const process of model.processes.values()) if (gone.has(process.parent)) gone.add(process.id)
  for (const member of gone) {
    const process = model.processes.get(member)
    process?.timers.clear()
    if (process !== undefined) process.killed = true
  }
  condemn(
    model,
    [...model.active.values()].filter(
      (call) =>
        gone.has(call.process) ||
        (call.stage !== 'denied' && groundOf(call).some((level) => gone.has(level.holder))),
    ),
  )
}

/** A process made a child, which holds nothing. */
export function foldSpawned(model: Model, { actor, body }: EventOf<'process.spawned'>): void {
  const { process, parent } = body
  const made = known(model.processes.get(parent), 'I1 forest', `p${parent}`)
  demand(
    actor.kind === 'process' && actor.id === Number(parent),
    'I5 confinement',
    `p${process} was made by another than p${parent}`,
  )
  demand(!isFrozen(model, parent), 'I4 live authority', `p${parent} made p${process} while it was frozen`)
  demand(!made.killed, 'I5 confinement', `p${parent} made p${process} after it was killed`)
  demand(!model.drivers.has(parent), 'I12 canon', `driver o${parent} has the child p${process}`)
  model.processes.set(process, newcomer(process, parent))
}

/** A child ended: only its parent may say so. */
export function foldEnded(model: Model, { actor, body }: EventOf<'process.ended'>): void {
  const child = known(model.processes.get(body.process), 'I1 forest', `p${body.process}`)
  demand(
    actor.kind === 'process' && actor.id === child.parent && !child.killed,
    'I5 confinement',
    `p${child.id} was ended by ${actor.kind} ${actor.id}`,
  )
  foldKilled(model, child.id)
}

/** Marks calls that the same decision must end. */
export function condemn(model: Model, calls: readonly ModelCall[]): void {
  model.condemned = new Set(calls.map((call) => call.id))
}

function isBelow(call: ModelCall, node: Node): boolean {
  return groundOf(call).includes(node)
}

/** Adds a capability. Ids grow and are never used again; a handle is new in its holder's table. */
export function plant(
  model: Model,
  made: Pick<Node, 'parent' | 'holder' | 'handle' | 'object' | 'caveats' | 'origin'> & {
    readonly capability: number
    readonly commitment?: string
  },
): Node {
  const { capability: id, parent, holder, handle, object, caveats, origin, commitment = null } = made
  demand(id === model.nodes.size + 1, 'I1 forest', `capability c${id} is not the next one`)
  const process = known(model.processes.get(holder), 'I1 forest', `holder p${holder}`)
  demand(!process.killed, 'I5 confinement', `p${holder} was given c${id} after it was killed`)
  const node: Node = {
    id,
    parent,
    holder,
    holders: new Set([holder]),
    handle,
    object,
    caveats,
    added: [],
    origin,
    amount: caveats.budget?.amount ?? null,
    lender: caveats.budget === undefined ? null : payerOf(parent),
    charged: 0,
    commitment,
    revoked: false,
    taken: 0,
    uses: [],
  }
  model.nodes.set(id, node)
  if (handle === 0) return node
  demand(handle === process.lastHandle + 1, 'I1 forest', `handle ${handle} of p${holder} is not the next one`)
  process.lastHandle = handle
  process.handles.set(handle, node)
  return node
}
