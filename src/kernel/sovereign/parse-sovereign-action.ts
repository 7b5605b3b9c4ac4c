/** Orders about operators, proposals and domains, from untrusted JSON. As strict as every other order. */
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { acceptablePublicKey } from '../../base/signature.ts'
import { limits } from '../limits.ts'
import type { SovereignAction } from './action.ts'
import { isDomainName, isId, isName, isText, whyShape } from './shape.ts'
import { isLevel } from './statement.ts'

const hex64 = /^[0-9a-f]{64}$/u
const signature = /^[A-Za-z0-9_-]{86}$/u

/** The order, or a sentence saying what is wrong with it. */
export function parseSovereignAction(command: JsonObject): Result<SovereignAction, string> {
  switch (command['do']) {
    case 'operator.enrol':
      return parseEnrolment(command)
    case 'operator.rotate': {
      const { operator, publicKey, proof } = command
      const wrong = whyShape(command, ['do', 'operator', 'proof', 'publicKey'])
      if (wrong !== null) return err(wrong)
      if (!isId(operator)) return err('`operator` must be an id.')
      if (!isKey(publicKey)) return err('`publicKey` must be an Ed25519 public key.')
      if (!isSignature(proof)) return err('`proof` must be a signature.')
      return ok({ do: 'operator.rotate', operator: id(operator), publicKey, proof })
    }
    case 'operator.revoke': {
      const { operator, reason } = command
      const wrong = whyShape(command, ['do', 'operator', 'reason'])
      if (wrong !== null) return err(wrong)
      if (!isId(operator)) return err('`operator` must be an id.')
      if (reason !== 'lost' && reason !== 'revoked') return err('`reason` must be "lost" or "revoked".')
      return ok({ do: 'operator.revoke', operator: id(operator), reason })
    }
    case 'order.confirm':
    case 'order.decline':
      return parseSeconding(command, command['do'])
    case 'domain.register': {
      const { name, weight } = command
      const wrong = whyShape(command, ['do', 'name', 'weight'])
      if (wrong !== null) return err(wrong)
      if (!isDomainName(name)) return err('`name` must be lower case letters, digits and `-`, at most 32.')
      if (!isId(weight) || weight > limits.weight) return err(`\`weight\` must be 1 to ${limits.weight}.`)
      return ok({ do: 'domain.register', name, weight })
    }
    default:
      return parseDomainOrder(command)
  }
}

function parseEnrolment(command: JsonObject): Result<SovereignAction, string> {
  const { name, level, publicKey, domain, proof } = command
  const place = level === 'domain-sovereign' ? ['domain'] : []
  const wrong = whyShape(command, ['do', 'level', 'name', 'proof', 'publicKey', ...place])
  if (wrong !== null) return err(wrong)
  if (!isName(name)) return err('`name` must be a name: lower case, digits, `.`, `_`, `-`.')
  if (!isLevel(level)) return err('`level` must be "sovereign", "co-operator" or "domain-sovereign".')
  if (!isKey(publicKey)) return err('`publicKey` must be an Ed25519 public key.')
  if (!isSignature(proof)) return err('`proof` must be a signature.')
  if (place.length === 0) return ok({ do: 'operator.enrol', name, level, publicKey, proof })
  if (!isDomainName(domain)) return err('`domain` must be the name of a domain.')
  return ok({ do: 'operator.enrol', name, level, publicKey, domain, proof })
}

function parseSeconding(
  command: JsonObject,
  decision: 'order.confirm' | 'order.decline',
): Result<SovereignAction, string> {
  const { proposal, digest, reason } = command
  const wrong = whyShape(command, ['do', 'proposal', decision === 'order.confirm' ? 'digest' : 'reason'])
  if (wrong !== null) return err(wrong)
  if (!isId(proposal)) return err('`proposal` must be the number of a proposal.')
  if (decision === 'order.decline')
    return isText(reason)
      ? ok({ do: decision, proposal: id(proposal), reason })
      : err('`reason` must be a text of bounded length.')
  if (typeof digest !== 'string' || !hex64.test(digest)) return err('`digest` must be SHA-256 in hex.')
  return ok({ do: decision, proposal: id(proposal), digest })
}

function parseDomainOrder(command: JsonObject): Result<SovereignAction, string> {
  const { do: kind, name, reason } = command
  if (kind !== 'domain.freeze' && kind !== 'domain.unfreeze' && kind !== 'domain.remove')
    return err('There is no such order.')
  const wrong = whyShape(command, ['do', 'name', ...(kind === 'domain.freeze' ? ['reason'] : [])])
  if (wrong !== null) return err(wrong)
  if (!isDomainName(name)) return err('`name` must be the name of a domain.')
  if (kind !== 'domain.freeze') return ok({ do: kind, name })
  return isText(reason) ? ok({ do: kind, name, reason }) : err('`reason` must be a text of bounded length.')
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && acceptablePublicKey(value).ok
}

function isSignature(value: unknown): value is string {
  return typeof value === 'string' && signature.test(value)
}
