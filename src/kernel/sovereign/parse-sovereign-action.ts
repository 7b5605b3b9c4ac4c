/** How orders about operators, proposals and domains look. As strict as every other order. */
import type { Cases } from '../../base/shape.ts'
import { oneOf, optional, text, whole } from '../../base/shape.ts'
import { limits } from '../limits.ts'
import type { SovereignAction } from './action.ts'
import { aDigest, aDomainName, aKey, aLevel, aName, aText, anId } from './shape.ts'

const signature = /^[A-Za-z0-9_-]{86}$/u
const proof = text('must be a signature', (value) => signature.test(value))

/** How these orders look. That an enrolment's domain goes with its level is asked of the whole order. */
export const sovereignOrders: Cases<SovereignAction, 'do'> = {
  'operator.enrol': { name: aName, level: aLevel, publicKey: aKey, domain: optional(aDomainName), proof },
  'operator.rotate': { operator: anId(), publicKey: aKey, proof },
  'operator.revoke': { operator: anId(), reason: oneOf(['lost', 'revoked']) },
  'order.confirm': { proposal: anId(), digest: aDigest },
  'order.decline': { proposal: anId(), reason: aText },
  'domain.register': { name: aDomainName, weight: whole(1, limits.weight) },
  'domain.freeze': { name: aDomainName, reason: aText },
  'domain.unfreeze': { name: aDomainName },
  'domain.remove': { name: aDomainName },
}
