/**
 * Checks a signed order that an event cites: the signature under the operator's enrolled key, and that the
 * signed record says what the event says happened. An explanation that showed a signature without both
 * checks would be decoration.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { verify } from '../base/signature.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Event, SignedOrder } from '../kernel/event.ts'
import type { Names } from './names.ts'

/** What became of the check. `problem` is empty when the order is sound. */
export interface CitedOrder {
  readonly operator: number
  readonly operatorName: string
  /** When the operator signed, by the operator's clock; 0 when unreadable. */
  readonly signedAt: number
  readonly sound: boolean
  readonly problem: string
}

/** The signed order in an event's body, or null when the event carries none. */
export function signedOrderOf(event: Event): SignedOrder | null {
  return 'signed' in event.body ? event.body.signed : null
}

/** Checks `signed` against the keys in `names` and against what `event` claims. */
export function checkCitedOrder(event: Event, signed: SignedOrder, names: Names, domain: string): CitedOrder {
  const parsed = parseStrictJson(Buffer.from(signed.record))
  const record = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
  const operator = typeof record?.['operator'] === 'number' ? record['operator'] : 0
  const known = names.operators.get(operator)
  const time = record?.['time']
  const problem = findProblem(event, signed, record, {
    publicKey: known?.publicKey ?? null,
    domain,
    approvalDigest: names.approvals.get('call' in event.body ? event.body.call : 0) ?? '',
  })
  return {
    operator,
    operatorName: known?.name ?? '',
    signedAt: typeof time === 'number' ? time : 0,
    sound: problem === '',
    problem,
  }
}

/** What the order must be held against. */
interface Expected {
  readonly publicKey: string | null
  readonly domain: string
  readonly approvalDigest: string
}

function findProblem(
  event: Event,
  signed: SignedOrder,
  record: JsonObject | null,
  { publicKey, domain, approvalDigest }: Expected,
): string {
  if (record === null) return 'the signed record is not readable'
  if (publicKey === null) return 'no such operator is enrolled'
  if (!verify(publicKey, Buffer.from(signed.record), signed.signature)) return 'the signature does not verify'
  if (record['domain'] !== domain) return 'the order was signed for another domain'
  const command = record['command']
  if (!isJsonObject(command)) return 'the signed record names no command'
  return saysTheSame(event, command, approvalDigest)
    ? ''
    : 'the signed record says something else than the event'
}

/** True when the signed command is the one that this event carried out. */
function saysTheSame(event: Event, command: JsonObject, approvalDigest: string): boolean {
  switch (event.kind) {
    case 'driver.added':
      return matches(command, { do: 'driver.add', name: event.body.name, manifest: event.body.manifest })
    case 'driver.updated':
      return matches(command, {
        do: 'driver.update',
        driver: event.body.driver,
        manifest: event.body.manifest,
      })
    case 'driver.removed':
      return matches(command, { do: 'driver.remove', driver: event.body.driver })
    case 'agent.added':
      return matches(command, { do: 'agent.add', name: event.body.name, tokenDigest: event.body.tokenDigest })
    case 'agent.removed':
      return matches(command, { do: 'agent.remove', agent: event.body.agent })
    case 'process.killed':
      return matches(command, { do: 'process.kill', process: event.body.process, reason: event.body.reason })
    case 'capability.granted':
      return matches(command, {
        do: 'capability.grant',
        holder: event.body.holder,
        object: event.body.object,
        caveats: event.body.caveats,
      })
    case 'capability.revoked':
      return matches(command, { do: 'capability.revoke', capability: event.body.capability })
    case 'call.approved':
    case 'call.denied':
      return matches(command, {
        do: event.kind === 'call.approved' ? 'call.approve' : 'call.deny',
        call: event.body.call,
        digest: approvalDigest,
        comment: event.body.comment,
        ...('answer' in event.body ? { answer: event.body.answer } : {}),
      })
    case 'domain.resumed':
      return matches(command, { do: 'domain.resume' })
    default:
      return false
  }
}

function matches(command: JsonObject, claimed: object): boolean {
  return canonicalJson(command) === canonicalJson(claimed as Json)
}
