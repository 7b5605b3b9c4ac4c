/**
 * From untrusted JSON to an order record. Strict: a member that is missing, unknown or of the wrong shape
 * refuses the whole order, because an operator signed exactly these bytes and must have meant all of them.
 */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Shape } from '../../base/shape.ts'
import { checked, object, optional, parse, tagged, text, whole } from '../../base/shape.ts'
import { canonOrders } from '../canon/action.ts'
import { someCaveats } from '../capability/parse-caveats.ts'
import type { OrderAction, OrderRecord } from '../command.ts'
import { haltOrders } from '../halt/action.ts'
import { privacyOrders } from '../privacy/action.ts'
import { processOrders } from '../process/action.ts'
import { aManifest } from './parse-manifest.ts'
import { sovereignOrders } from './parse-sovereign-action.ts'
import { aDigest, aName, aText, anId, isName, whyMisplaced } from './shape.ts'

const hex32 = /^[0-9a-f]{32}$/u

export { isName }

const anAction: Shape<OrderAction> = tagged<OrderAction, 'do'>('do', {
  'driver.add': { name: aName, manifest: aManifest },
  'driver.update': { driver: anId(), manifest: aManifest },
  'driver.remove': { driver: anId() },
  'agent.add': { name: aName, tokenDigest: aDigest, subject: optional(anId<number>()) },
  'agent.remove': { agent: anId() },
  'process.kill': { process: anId(), reason: aText },
  'capability.grant': { holder: anId(), object: anId(), caveats: someCaveats },
  'capability.revoke': { capability: anId() },
  'capability.narrow': { capability: anId(), caveats: someCaveats },
  'call.approve': { call: anId(), digest: aDigest, comment: aText, answer: optional(aDigest) },
  'call.deny': { call: anId(), digest: aDigest, comment: aText },
  'domain.resume': {},
  ...canonOrders,
  ...haltOrders,
  ...privacyOrders,
  ...processOrders,
  ...sovereignOrders,
})

const anOrder: Shape<OrderRecord> = object({
  command: checked(anAction, (action) => (action.do === 'operator.enrol' ? whyMisplaced(action) : null)),
  domain: aName,
  operator: anId(),
  nonce: text('must be 32 hex characters', (value) => hex32.test(value)),
  policyVersion: text('must be a text', () => true),
  canonVersion: whole(1),
  time: anId(),
})

/** The order, or a sentence saying what is wrong with it. */
export function parseOrder(value: Json): Result<OrderRecord, string> {
  return parse(anOrder, value, 'An order')
}
