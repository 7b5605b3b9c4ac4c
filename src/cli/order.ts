/**
 * An operator's order: built, displayed, signed and sent. The bytes that are signed are the bytes that are
 * displayed: the human lines are made from the same record, and `--show-record` prints the record itself.
 */
import { randomBytes } from 'node:crypto'
import { canonicalJson } from '../base/canonical-json.ts'
import { id } from '../base/ids.ts'
import type { Instant, OperatorId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { sign } from '../base/signature.ts'
import type { OrderAction, OrderRecord } from '../kernel/command.ts'
import { showCanonAction } from './canon-rendering.ts'
import { showCaveats } from './caveats-rendering.ts'
import { showManifest } from './driver-manifest-rendering.ts'
import { visible } from './escape.ts'
import type { OperatorKey } from './operator-key.ts'
import { showPrivacyAction } from './privacy-rendering.ts'
import { showSovereignAction } from './sovereign-rendering.ts'

/** What an order must be signed against: learnt from the kernel's welcome. */
export interface OrderGround {
  readonly domain: string
  readonly policyVersion: string
  readonly canonVersion: number
}

/** A record with its canonical text and the operator's signature over exactly that text. */
export interface SignedRecord {
  readonly record: OrderRecord
  readonly text: string
  readonly signature: string
}

/** Builds the record of one order. `now` is in milliseconds since the epoch. */
export function orderRecord(
  command: OrderAction,
  operator: OperatorId,
  ground: OrderGround,
  now: number,
): OrderRecord {
  return {
    command,
    domain: ground.domain,
    operator,
    nonce: randomBytes(16).toString('hex'),
    policyVersion: ground.policyVersion,
    canonVersion: ground.canonVersion,
    time: id<Instant>(now),
  }
}

/** The canonical text of a record: the bytes that are signed. */
export function recordText(record: OrderRecord): string {
  return canonicalJson(record as unknown as Json)
}

/** Signs the canonical bytes of `record`. */
export function signOrder(record: OrderRecord, key: OperatorKey): SignedRecord {
  const text = recordText(record)
  return { record, text, signature: sign(key.privateKey, Buffer.from(text)) }
}

/** The order in words, one fact a line, safe to print. */
export function showAction(action: OrderAction): readonly string[] {
  switch (action.do) {
    case 'driver.add':
      return [`add driver ${visible(action.name)}`, ...showManifest(action.manifest)]
    case 'driver.update':
      return [
        `update driver ${action.driver}: this replaces all of what was accepted before`,
        ...showManifest(action.manifest),
      ]
    case 'driver.remove':
      return [`remove driver ${action.driver}`]
    case 'agent.add':
      return [
        `add agent ${visible(action.name)}`,
        `  token digest ${action.tokenDigest}`,
        ...(action.subject === undefined ? [] : [`  its payloads are about subject ${action.subject}`]),
      ]
    case 'agent.remove':
      return [`remove agent ${action.agent}`]
    case 'process.kill':
      return [
        `kill process ${action.process}`,
        ...(action.reason === '' ? [] : [`  reason: ${visible(action.reason)}`]),
      ]
    case 'process.freeze':
      return [`freeze process ${action.process}: it and its children keep everything and run nothing`]
    case 'process.thaw':
      return [`thaw process ${action.process}`]
    case 'process.weigh':
      return [`give process ${action.process} weight ${action.weight} and priority ${action.priority}`]
    case 'capability.grant':
      return [
        `grant process ${action.holder} a capability on object ${action.object}`,
        ...showCaveats(action.caveats).map((line) => `  ${line}`),
      ]
    case 'capability.revoke':
      return [`revoke capability c${action.capability} and everything derived from it`]
    case 'capability.narrow':
      return [
        `narrow capability c${action.capability}, and everything derived from it, in place`,
        ...showCaveats(action.caveats).map((line) => `  ${line}`),
      ]
    case 'call.approve':
    case 'call.deny':
      return [
        `${action.do === 'call.approve' ? 'approve' : 'deny'} call ${action.call}`,
        `  approval digest ${action.digest}`,
        ...(action.comment === '' ? [] : [`  comment: ${visible(action.comment)}`]),
        ...('answer' in action ? [`  answer digest ${action.answer}`] : []),
      ]
    case 'domain.resume':
      return ['resume the halted domain']
    case 'scope.resume':
      return [
        'agent' in action.scope
          ? `resume agent ${action.scope.agent}`
          : `resume process ${action.scope.process}`,
      ]
    case 'operator.enrol':
    case 'operator.rotate':
    case 'operator.revoke':
    case 'order.confirm':
    case 'order.decline':
    case 'domain.register':
    case 'domain.freeze':
    case 'domain.unfreeze':
    case 'domain.remove':
      return showSovereignAction(action)
    case 'subject.add':
    case 'subject.erase':
    case 'hold.place':
    case 'hold.release':
    case 'escrow.create':
      return showPrivacyAction(action)
    case 'canon.amend':
    case 'code.accept':
      return showCanonAction(action)
  }
}
