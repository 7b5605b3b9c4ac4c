/**
 * What one request needs of capabilities, judged anew: each must be in the asker's hands, alive, and allow the
 * request by itself, and enough of them must have come from different operators.
 */
import type { Json } from '../../../src/base/json.ts'
import type { EventOf } from '../../../src/kernel/event.ts'
import { inside } from './constraint.ts'
import type { Model, ModelDriver, Node } from './model.ts'
import { allTerms, death, grants } from './model.ts'
import { demand } from './violation.ts'

/** How many grants of different operators a use takes. */
export function quorumOf(node: Node, driver: ModelDriver | undefined, selector: string): number {
  const pinned = driver?.selectors.get(selector)?.quorum ?? 1
  return Math.max(pinned, ...allTerms(node).map(({ quorum }) => quorum ?? 1))
}

/** Stops unless every level allows these arguments. */
export function demandInside(
  name: string,
  node: Node,
  selector: string,
  values: { readonly [name: string]: Json },
): void {
  for (const { where } of allTerms(node)) {
    const isIn = where === undefined || inside(where, selector, values)
    demand(isIn, 'I6 mediation', `${name} is outside c${node.id}: ${JSON.stringify(values)}`)
  }
}

/** Stops unless enough others joined, each good for the request by itself. */
export function demandQuorum(
  model: Model,
  { at, body }: EventOf<'call.held'> | EventOf<'call.admitted'>,
  request: {
    readonly name: string
    readonly node: Node
    readonly joined: readonly Node[]
    readonly values: { readonly [name: string]: Json }
  },
): void {
  const { name, node, joined, values } = request
  const origins = new Set([node.origin])
  for (const other of joined) {
    const isHeld = other.holder === Number(body.process) && other.object === node.object && other.handle !== 0
    demand(isHeld, 'I6 mediation', `${name} is joined by c${other.id} of another`)
    demand(death(model, other, at) === null, 'I4 live authority', `${name} is joined by c${other.id}, dead`)
    demand(grants(other, body.selector), 'I6 mediation', `${name} is joined by c${other.id}, of no use`)
    demandInside(name, other, body.selector, values)
    origins.add(other.origin)
  }
  const needed = quorumOf(node, model.drivers.get(body.object), body.selector)
  demand(origins.size >= needed, 'I6 mediation', `${name} needs ${needed} operators and has ${origins.size}`)
  demand(origins.size === joined.length + 1, 'I13 once', `${name} counts an operator twice`)
}
