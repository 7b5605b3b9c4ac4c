/**
 * An explanation in words, and as JSON. Arguments are shown in full, escaped; every claim names the event
 * it was read from.
 */
import type { Event } from '../kernel/event.ts'
import { showCaveats } from './caveats-rendering.ts'
import type { CitedOrder } from './cited-order.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'
import { showEvent } from './event-rendering.ts'
import { showActor, showProcess } from './names.ts'
import type { AuthorityLevel, Explanation } from './why.ts'

/** The explanation as lines, safe to print. */
export function showExplanation(explanation: Explanation): readonly string[] {
  const { event, names } = explanation
  return [
    `#${event.seq}  ${showInstant(event.at)}  ${event.kind}`,
    `  what      ${showEvent(event, names)}`,
    `  who       ${showActor(names, event.actor)}`,
    ...showOrderLines(explanation.order),
    ...showArguments(explanation),
    ...section(
      'because',
      explanation.causes.map((cause) => `#${cause.seq} ${showEvent(cause, names)}`),
    ),
    ...section(
      'call',
      explanation.call.map((step) => `#${step.seq} ${showInstant(step.at)} ${showEvent(step, names)}`),
    ),
    ...section(
      'authority',
      explanation.authority.flatMap((level) => showLevel(level, explanation)),
    ),
    ...showRefusalNeeds(event),
    ...showDecision(explanation),
    ...showVerdict(explanation),
    ...showOutcome(explanation),
    `  proof     ${showProof(explanation)}`,
  ]
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `  ${(index === 0 ? title : '').padEnd(9)} ${line}`)
}

function showArguments({ event, call, argumentBytes }: Explanation): readonly string[] {
  if (argumentBytes !== null) {
    return section('arguments', [visible(Buffer.from(argumentBytes).toString('utf8'))])
  }
  const carrier = call.find((step) => step.payload !== null) ?? event
  if (carrier.payload === null) return []
  return section('arguments', [
    `${carrier.payload.length} bytes, sealed; the key that opens them is not here (commitment ${carrier.payload.commitment})`,
  ])
}

function showLevel(level: AuthorityLevel, { names }: Explanation): readonly string[] {
  const maker =
    level.made.kind === 'capability.derived'
      ? `derived by ${showActor(names, level.made.actor)}`
      : `${level.how} by operator ${visible(level.order?.operatorName ?? '')}`
  const held = level.made.kind === 'call.approved' ? null : level.made.body
  const holder = held !== null && 'holder' in held ? ` to ${showProcess(names, held.holder)}` : ''
  const revoked = level.revoked ? ', revoked by then' : ''
  return [
    `c${level.capability} ${maker}${holder} in #${level.made.seq}, ${showInstant(level.made.at)}${revoked}`,
    ...showCaveats(level.caveats).map((line) => `    ${line}`),
    ...(level.usesLeft === null ? [] : [`    uses left after this: ${level.usesLeft}`]),
    ...(level.order === null ? [] : [`    ${showSoundness(level.order)}`]),
  ]
}

function showSoundness(order: CitedOrder): string {
  return order.sound
    ? `signed ${showInstant(order.signedAt)}; the signature verifies`
    : `NOT SOUND: ${order.problem}`
}

function showOrderLines(order: CitedOrder | null): readonly string[] {
  return order === null
    ? []
    : section('order', [`by operator ${visible(order.operatorName)}, ${showSoundness(order)}`])
}

function showRefusalNeeds(event: Event): readonly string[] {
  return event.kind === 'syscall.refused' ? section('needed', [visible(event.body.needed)]) : []
}

function showDecision({ decision, names }: Explanation): readonly string[] {
  if (decision === null) return []
  const { event, order } = decision
  const lines = [`#${event.seq} ${showInstant(event.at)} ${showEvent(event, names)}`, showSoundness(order)]
  return section(event.kind === 'call.approved' ? 'approval' : 'denial', lines)
}

function showVerdict({ verdict }: Explanation): readonly string[] {
  if (verdict === null) return []
  const reasons = verdict.reasons.length === 0 ? '' : `: ${verdict.reasons.map(visible).join('; ')}`
  return section('policy', [`${verdict.effect}, version ${visible(verdict.version)}${reasons}`])
}

function showOutcome({ call, names }: Explanation): readonly string[] {
  if (call.length === 0) return []
  const settled = call.find((step) => step.kind === 'call.settled' || step.kind === 'call.lapsed')
  return section('outcome', [
    settled === undefined ? 'not settled yet' : `#${settled.seq} ${showEvent(settled, names)}`,
  ])
}

function showProof({ sound, order, decision, authority }: Explanation): string {
  if (!sound) return 'A SIGNATURE CITED HERE DOES NOT HOLD'
  const cited = [order, decision?.order, ...authority.map((level) => level.order)].filter(
    (one) => one !== null && one !== undefined,
  )
  return cited.length === 0 ? 'no signature is cited here' : 'every signature cited here verifies'
}

/** The explanation as a JSON value for `--json`. */
export function explanationJson(explanation: Explanation): unknown {
  const { event, causes, call, authority, decision, verdict, argumentBytes, sound, order } = explanation
  return {
    seq: event.seq,
    what: showEvent(event, explanation.names),
    who: { ...event.actor, name: showActor(explanation.names, event.actor) },
    event: eventJson(event),
    order,
    arguments: argumentBytes === null ? null : Buffer.from(argumentBytes).toString('utf8'),
    causes: causes.map(eventJson),
    call: call.map(eventJson),
    authority: authority.map(({ made, ...level }) => ({ ...level, seq: made.seq, at: made.at })),
    decision:
      decision === null
        ? null
        : {
            seq: decision.event.seq,
            at: decision.event.at,
            kind: decision.event.kind,
            comment: decision.event.body.comment,
            order: decision.order,
          },
    verdict,
    sound,
  }
}

/** An event as JSON: its payload only by commitment and length. */
export function eventJson(event: Event): unknown {
  const { payload, ...rest } = event
  return {
    ...rest,
    payload: payload === null ? null : { commitment: payload.commitment, length: payload.length },
  }
}
