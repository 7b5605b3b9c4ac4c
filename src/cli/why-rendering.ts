/**
 * An explanation in words, and as JSON. Arguments are shown in full, escaped; every claim names the event
 * it was read from.
 */
import type { Event } from '../kernel/event.ts'
import type { Objection } from '../machine/view/objections.ts'
import type { Origin } from './authority/origin.ts'
import { showCaveats } from './caveats-rendering.ts'
import type { CitedOrder } from './cited-order.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'
import { showEvent } from './event-rendering.ts'
import { showActor, showProcess } from './names.ts'
import type { AuthorityLevel, CallDecision, Explanation } from './why.ts'
import { citedBy } from './why.ts'

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
    ...section(
      'refused',
      explanation.refusedBy.flatMap(({ objections }) => objections.map(showObjection)),
    ),
    ...showDecisions(explanation),
    ...showVerdict(explanation),
    ...section('then', [showMoment(explanation)]),
    ...section(
      'there by',
      explanation.origins.map((origin) => showOrigin(origin, explanation)),
    ),
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
    level.order === null
      ? `${level.how} by ${showActor(names, level.made.actor)}`
      : `${level.how} by ${showPerson(level.order)}`
  const held = level.made.kind === 'call.approved' ? null : level.made.body
  const holder = held !== null && 'holder' in held ? ` to ${showProcess(names, held.holder)}` : ''
  const revoked = level.revoked ? ', revoked by then' : ''
  return [
    `c${level.capability} ${maker}${holder} in #${level.made.seq}, ${showInstant(level.made.at)}${revoked}`,
    ...level.changes.map(({ made, order }) => `    #${made.seq} ${showEvent(made, names)}${showBy(order)}`),
    ...showCaveats(level.caveats).map((line) => `    ${line}`),
    ...(level.usesLeft === null ? [] : [`    uses left after this: ${level.usesLeft}`]),
    ...(level.order === null ? [] : [`    ${showSoundness(level.order)}`]),
  ]
}

/** A person as the domain knew them when they signed. */
function showPerson({ operator, operatorName, operatorLevel }: CitedOrder): string {
  if (operator === 0 && operatorName === '') return 'the sovereign'
  return `operator ${visible(operatorName)}${operatorLevel === '' ? '' : ` (${visible(operatorLevel)})`}`
}

function showSoundness(order: CitedOrder): string {
  const { second } = order
  const seconded =
    second === null ? '' : `, confirmed by ${showPerson(second)} ${showInstant(second.signedAt)}`
  return order.sound
    ? `signed ${showInstant(order.signedAt)}${seconded}; the signature verifies`
    : `NOT SOUND: ${order.problem}`
}

function showOrderLines(order: CitedOrder | null): readonly string[] {
  return order === null ? [] : section('order', [`by ${showPerson(order)}, ${showSoundness(order)}`])
}

function showRefusalNeeds(event: Event): readonly string[] {
  return event.kind === 'syscall.refused' ? section('needed', [visible(event.body.needed)]) : []
}

function showObjection({ stage, capability, code, message }: Objection): string {
  return `${visible(stage)}${capability === 0 ? '' : `, c${capability}`}: ${visible(code)}: ${visible(message)}`
}

function showDecisions({ decisions, names }: Explanation): readonly string[] {
  return decisions.flatMap(({ event, order }) =>
    section(event.kind === 'call.denied' ? 'denial' : 'approval', [
      `#${event.seq} ${showInstant(event.at)} ${showEvent(event, names)}`,
      `by ${showPerson(order)}, ${showSoundness(order)}, over the arguments above`,
    ]),
  )
}

function showVerdict({ verdict }: Explanation): readonly string[] {
  if (verdict === null) return []
  const reasons = verdict.reasons.length === 0 ? '' : `: ${verdict.reasons.map(visible).join('; ')}`
  return section('policy', [`${verdict.effect}, version ${visible(verdict.version)}${reasons}`])
}

function showMoment({ moment, domain }: Explanation): string {
  const { seq, canonVersion, policyVersion, boot, halted } = moment
  return (
    `at #${seq} of domain ${visible(domain)}: canon ${canonVersion}, policy ${visible(policyVersion)}, ` +
    `boot ${boot}${halted ? ', halted' : ''}`
  )
}

function showOrigin({ made, order }: Origin, { names }: Explanation): string {
  return `#${made.seq} ${showInstant(made.at)} ${showEvent(made, names)}${showBy(order)}`
}

function showBy(order: CitedOrder | null): string {
  return order === null ? '' : `, by ${showPerson(order)}, ${showSoundness(order)}`
}

function showOutcome({ call, names }: Explanation): readonly string[] {
  if (call.length === 0) return []
  const settled = call.find((step) => step.kind === 'call.settled' || step.kind === 'call.lapsed')
  return section('outcome', [
    settled === undefined ? 'not settled yet' : `#${settled.seq} ${showEvent(settled, names)}`,
  ])
}

function showProof(explanation: Explanation): string {
  if (!explanation.sound) return 'A SIGNATURE CITED HERE DOES NOT HOLD'
  const cited = [explanation.order, ...citedBy(explanation)]
  return cited.every((one) => one === null)
    ? 'no signature is cited here'
    : 'every signature cited here verifies'
}

/** The explanation as a JSON value for `--json`. */
export function explanationJson(explanation: Explanation): unknown {
  const { event, causes, call, authority, decisions, argumentBytes, origins } = explanation
  const { verdict, sound, order, moment, refusedBy, domain } = explanation
  return {
    seq: event.seq,
    domain,
    what: showEvent(event, explanation.names),
    who: { ...event.actor, name: showActor(explanation.names, event.actor) },
    event: eventJson(event),
    moment,
    order,
    arguments: argumentBytes === null ? null : Buffer.from(argumentBytes).toString('utf8'),
    causes: causes.map(eventJson),
    call: call.map(eventJson),
    authority: authority.map(({ made, changes, ...level }) => ({
      ...level,
      seq: made.seq,
      at: made.at,
      changes: changes.map((change) => ({
        seq: change.made.seq,
        kind: change.made.kind,
        order: change.order,
      })),
    })),
    refusedBy,
    /** The one that settled it, for whoever does not count approvals. */
    decision: decisions.map(decisionJson).at(-1) ?? null,
    decisions: decisions.map(decisionJson),
    origins: origins.map(({ kind, id, made, order: by }) => ({
      kind,
      id,
      seq: made.seq,
      at: made.at,
      what: showEvent(made, explanation.names),
      order: by,
    })),
    verdict,
    sound,
  }
}

function decisionJson({ event, comment, order }: CallDecision): unknown {
  return { seq: event.seq, at: event.at, kind: event.kind, comment, order }
}

/** An event as JSON: its payload only by commitment and length. */
export function eventJson(event: Event): object {
  const { payload, ...rest } = event
  return {
    ...rest,
    payload: payload === null ? null : { commitment: payload.commitment, length: payload.length },
  }
}
