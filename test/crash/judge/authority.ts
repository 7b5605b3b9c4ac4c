/**
 * Did anything happen under a capability that was revoked before, or more often than it had uses? A crash
 * must neither revive nor refill. The derivation tree is built here anew, from the events alone.
 */
import type { EventOf } from '../../../src/kernel/event.ts'
import type { Evidence } from '../evidence.ts'

interface Node {
  readonly parent: number
  /** Infinite without a limit. */
  readonly uses: number
  used: number
  isRevoked: boolean
}

/** Admissions without living authority. */
export function judgeAuthority({ batches }: Evidence): readonly string[] {
  const violations: string[] = []
  const nodes = new Map<number, Node>()
  const usedBy = new Map<number, number>()

  function chainOf(capability: number): readonly [number, Node][] {
    const chain: [number, Node][] = []
    for (let at = capability, node = nodes.get(at); node !== undefined; node = nodes.get(at)) {
      chain.push([at, node])
      at = node.parent
    }
    return chain
  }

  function admit({ seq, body: { call, capability } }: EventOf<'call.admitted'>): void {
    const chain = chainOf(capability)
    usedBy.set(call, capability)
    if (chain.length === 0)
      violations.push(`call ${call} is admitted under ${capability}, which is not there`)
    for (const [level, node] of chain) {
      node.used += 1
      if (node.isRevoked) violations.push(`event ${seq} admits call ${call} under ${level}, which is revoked`)
      if (node.used > node.uses) violations.push(`event ${seq} uses ${level} more than ${node.uses} times`)
    }
  }

  for (const { event } of batches.flatMap((batch) => batch.records)) {
    if (event.kind === 'capability.granted' || event.kind === 'capability.derived') {
      const parent = event.kind === 'capability.derived' ? event.body.parent : 0
      const { uses = Infinity } = event.body.caveats
      nodes.set(event.body.capability, { parent, uses, used: 0, isRevoked: false })
    } else if (event.kind === 'capability.revoked') {
      const node = nodes.get(event.body.capability)
      if (node !== undefined) node.isRevoked = true
    } else if (event.kind === 'call.admitted') admit(event)
    else if (event.kind === 'call.settled' && event.body.released) {
      for (const [, node] of chainOf(usedBy.get(event.body.call) ?? 0)) node.used -= 1
    }
  }
  return violations
}
