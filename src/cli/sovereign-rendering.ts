/** What happens to operators, their proposals and domains, in words; and the orders about them. */
import { unreachable } from '../base/fault.ts'
import type { SovereignAction } from '../kernel/sovereign/action.ts'
import type { SovereignEvent } from '../kernel/sovereign/evolve-sovereign.ts'
import { showInstant } from './duration.ts'
import { visible, visibleShort } from './escape.ts'
import type { Names } from './names.ts'
import { showOperator } from './names.ts'

/** What happened, in one sentence. Text that came from outside is escaped here. */
export function showSovereignEvent({ body, kind }: SovereignEvent, names: Names): string {
  switch (kind) {
    case 'operator.rotated':
      return `${showOperator(names, body.operator)} has the key ${visible(body.publicKey)} now`
    case 'operator.revoked':
      return `the key of ${showOperator(names, body.operator)} ${body.reason === 'lost' ? 'is lost' : 'was revoked'}`
    case 'order.proposed':
      return (
        `${showOperator(names, body.operator)} proposed ${visible(body.action)}; ` +
        `a second operator may confirm it until ${showInstant(body.expiresAt)}`
      )
    case 'order.confirmed':
      return `${showOperator(names, body.operator)} confirmed proposal ${body.proposal}`
    case 'order.declined': {
      const who = body.operator === 0 ? '' : ` by ${showOperator(names, body.operator)}`
      const why = body.reason === '' ? '' : `: ${visibleShort(body.reason, 300)}`
      return `proposal ${body.proposal} was declined${who}${why}`
    }
    case 'domain.registered':
      return `domain ${visible(body.name)} was registered, with weight ${body.weight}`
    case 'domain.frozen':
      return `domain ${visible(body.name)} was frozen${body.reason === '' ? '' : `: ${visibleShort(body.reason, 300)}`}`
    case 'domain.unfrozen':
      return `domain ${visible(body.name)} was unfrozen`
    case 'domain.removed':
      return `domain ${visible(body.name)} was removed; its ledger stays`
    case 'domain.acknowledged':
      return `domain ${visible(body.name)} acts on statement ${body.statement}, under canon ${body.canonVersion}`
    case 'statement.issued':
      return `statement ${body.statement} to domain ${visible(body.domain)}, valid until ${showInstant(body.validUntil)}`
    case 'statement.accepted':
      return `statement ${body.statement} of the sovereign holds from here`
    default:
      return unreachable(kind)
  }
}

/** The order in words, one fact a line. */
export function showSovereignAction(action: SovereignAction): readonly string[] {
  switch (action.do) {
    case 'operator.enrol':
      return [
        `enrol operator ${visible(action.name)} as ${action.level}${action.domain === undefined ? '' : ` of ${visible(action.domain)}`}`,
        `  key ${visible(action.publicKey)}`,
      ]
    case 'operator.rotate':
      return [`replace the key of operator ${action.operator}`, `  new key ${visible(action.publicKey)}`]
    case 'operator.revoke':
      return action.reason === 'lost'
        ? [`say that the key of operator ${action.operator} is lost: it counts no more until it is replaced`]
        : [`revoke operator ${action.operator} for good; what they granted stays`]
    case 'order.confirm':
      return [`confirm proposal ${action.proposal}`, `  digest of the proposed order ${action.digest}`]
    case 'order.decline':
      return [
        `decline proposal ${action.proposal}`,
        ...(action.reason === '' ? [] : [`  reason: ${visible(action.reason)}`]),
      ]
    case 'domain.register':
      return [`add domain ${visible(action.name)} with weight ${action.weight}`]
    case 'domain.freeze':
      return [
        `freeze domain ${visible(action.name)}: it keeps everything and runs nothing`,
        ...(action.reason === '' ? [] : [`  reason: ${visible(action.reason)}`]),
      ]
    case 'domain.unfreeze':
      return [`unfreeze domain ${visible(action.name)}`]
    case 'domain.remove':
      return [`remove domain ${visible(action.name)} for good; its ledger stays`]
  }
}
