/**
 * A no must have its reason: what a refusal claims about a capability must be so at the position where it was
 * recorded. This is the other half of a revocation's frame, for a gate that refuses everything is also safe.
 */
import type { EventOf } from '../../../src/kernel/event.ts'
import { inside } from './constraint.ts'
import { budgetLeft } from './budget.ts'
import { isNever } from './fold-canon.ts'
import { isFrozen } from './fold-processes.ts'
import type { Model, Node } from './model.ts'
import { allTerms, death, grants, lineage, termsOf, usesLeft } from './model.ts'
import { quorumOf } from './quorum.ts'
import { effectOfAsking, isQuestion } from './question.ts'
import type { SentCall, Witness } from './witness.ts'

/** What the refusal claims and is not so, or null. Says nothing where the request is not known in full. */
export function whyUnfounded(
  model: Model,
  witness: Witness,
  event: EventOf<'syscall.refused'>,
): string | null {
  const { process: processId, code, selector, collects } = event.body
  const { realm } = model
  if (code === 'halted') {
    const isStill = realm.role === 'member' && realm.status !== 'active'
    return model.halted || isStill || isFrozen(model, processId) ? null : 'nothing is halted'
  }
  // Where nothing is begun it does not matter of what.
  if (code === 'not-entitled' && realm.role === 'member' && realm.validUntil <= event.at) return null
  if (code === 'killed') return model.processes.get(processId)?.killed === true ? null : 'the process lives'
  if (code === 'policy-denied') return 'no policy denies anything here'
  if (code === 'approval-denied')
    return model.calls.get(collects)?.stage === 'denied' ? null : 'no operator declined it'
  const commitment = event.payload?.commitment
  const asked = commitment === undefined ? undefined : witness.sent.get(commitment)
  const [request] = asked ?? []
  if (request === undefined || asked?.length !== 1 || !witness.sawEveryRequest) return null
  if (request.handle === 0) return isAsking(model, request) ? whyNotToAsk(model, request, code) : null
  const node = model.processes.get(processId)?.handles.get(request.handle)
  if (node === undefined) return code === 'not-held' || code === 'bad-arguments' ? null : `c? is ${code}`
  return isSo(model, witness, node, { code, selector, at: event.at, text: request.text })
    ? null
    : `c${node.id} is not ${code}`
}

function isAsking(model: Model, { process, object, selector }: SentCall): boolean {
  return process === object && model.drivers.has(process) && isQuestion(selector)
}

/** What a refusal of a driver's question claims and is not so, or null. */
function whyNotToAsk(model: Model, { process, selector, within }: SentCall, code: string): string | null {
  const around = model.calls.get(within)
  const serves = around?.stage === 'admitted' && around.object === process && !isQuestion(around.selector)
  if (code === 'not-found')
    return serves || (within === 0 && selector === 'client/roots') ? `o${process} serves k${within}` : null
  if (code !== 'not-held') return null
  const holds = [...(model.processes.get(process)?.handles.values() ?? [])].some((node) => !node.revoked)
  return holds ? `p${process} holds something` : null
}

function isSo(
  model: Model,
  witness: Witness,
  node: Node,
  refused: { readonly code: string; readonly selector: string; readonly at: number; readonly text: string },
): boolean {
  const levels = lineage(node)
  const dead = death(model, node, refused.at)
  const driver = model.drivers.get(node.object)
  const values = witness.argumentsOf(refused.text)
  const isOutside = allTerms(node).some(
    ({ where }) => where !== undefined && values !== null && !inside(where, refused.selector, values),
  )
  switch (refused.code) {
    case 'not-held':
      return dead !== null || quorumOf(node, driver, refused.selector) > 1
    case 'revoked':
      // Nobody is told of the expiry of what is gone anyhow.
      return levels.some(({ revoked, holder }) => revoked || model.processes.get(holder)?.killed === true)
    case 'expired':
      return allTerms(node).some(({ expiresAt }) => (expiresAt ?? Infinity) <= refused.at)
    case 'exhausted':
      return (
        usesLeft(node) <= 0 || (driver?.selectors.get(refused.selector)?.cost ?? 0) > budgetLeft(model, node)
      )
    case 'rate-limited':
      return levels.some((level) =>
        termsOf(level).some(({ caveats }) => level.uses.length >= (caveats.rate?.count ?? Infinity)),
      )
    case 'selector-not-granted':
      return !grants(node, refused.selector)
    case 'argument-refused':
      return isOutside
    case 'driver-unavailable':
      return driver === undefined || driver.attached === 0
    case 'definition-changed':
      return driver?.quarantined.has(refused.selector) === true
    case 'canon':
      return isUncanonical(model, node, refused.selector)
    default:
      return true
  }
}

/** True for what nobody may ever do there: what is not offered, what governs, and questions but by their driver. */
function isUncanonical(model: Model, { holder, object }: Node, selector: string): boolean {
  const driver = model.drivers.get(object)
  const pinned = driver?.selectors.get(selector)?.effect ?? 'govern'
  const isOffered = isQuestion(selector) ? driver?.declared.has(selector) === true : pinned !== 'govern'
  const effect = isQuestion(selector) ? (effectOfAsking(selector) ?? '') : pinned
  if (isNever(model, selector, effect)) return true
  return !isOffered || selector.startsWith('client/') !== (holder === object)
}
