/**
 * The gate's answer in words: yes, asked of whom, or no; and every level that says no, not only the first, so
 * that the next change is the last one needed.
 */
import type { Json, JsonObject } from '../base/json.ts'
import type { CanRequest } from './can-question.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'
import { listOf, numberOf, textOf } from './kernel-client.ts'

/** The answer as lines, safe to print. */
export function showCanAnswer(request: CanRequest, answer: JsonObject): readonly string[] {
  return [
    `${visible(request.processName)} → ${visible(request.objectName)} ${visible(request.selector)}`,
    ...showVerdict(answer),
    ...listOf(answer['candidates'] ?? null).flatMap(showCandidate),
    ...(numberOf(answer, 'notShown') > 0
      ? [`  and ${numberOf(answer, 'notShown')} more capabilities for it, not shown`]
      : []),
    `  judged at #${numberOf(answer, 'seq')}, canon ${numberOf(answer, 'canonVersion')}, policy ${visible(textOf(answer, 'policyVersion'))}; nothing was recorded`,
  ]
}

function showVerdict(answer: JsonObject): readonly string[] {
  const under = `c${numberOf(answer, 'capability')}`
  switch (textOf(answer, 'answer')) {
    case 'admitted':
      return [`  yes: it would be admitted under ${under} (${visible(textOf(answer, 'effect'))})`]
    case 'held':
      return [
        `  ask: it would be held under ${under} (${visible(textOf(answer, 'effect'))}) until ${showInstant(numberOf(answer, 'waitsUntil'))}`,
        ...textsOf(answer['demands']).map((demand) => `  because ${visible(demand)}`),
        `  may be decided by ${showDeciders(answer)}${needed(numberOf(answer, 'approvals'))}`,
      ]
    case 'waits':
      return [
        `  ask: the same request waits already, as call ${numberOf(answer, 'call')}`,
        `  may be decided by ${showDeciders(answer)}`,
      ]
    default:
      return [
        `  no: ${visible(textOf(answer, 'code'))}: ${visible(textOf(answer, 'message'))}`,
        `  needed: ${visible(textOf(answer, 'needed'))}`,
      ]
  }
}

function needed(approvals: number): string {
  return approvals > 1 ? `; ${approvals} different ones must approve` : ''
}

function showDeciders(answer: JsonObject): string {
  const deciders = listOf(answer['deciders'] ?? null)
  const shown = deciders.map(
    (one) => `operator ${visible(textOf(one, 'name'))} (${visible(textOf(one, 'level'))})`,
  )
  return shown.length === 0 ? 'nobody who is enrolled' : shown.join(', ')
}

function showCandidate(candidate: JsonObject): readonly string[] {
  const name = `c${numberOf(candidate, 'capability')} (handle ${numberOf(candidate, 'handle')})`
  const objections = listOf(candidate['objections'] ?? null)
  const demands = textsOf(candidate['demands'])
  if (objections.length === 0) return [`  ${name}: ${demands.length === 0 ? 'nothing against it' : 'asks'}`]
  return [
    `  ${name}:`,
    ...objections.map(
      (no) =>
        `    ${visible(textOf(no, 'stage'))}${numberOf(no, 'capability') === 0 ? '' : `, c${numberOf(no, 'capability')}`}: ` +
        `${visible(textOf(no, 'code'))}: ${visible(textOf(no, 'message'))} Needed: ${visible(textOf(no, 'needed'))}`,
    ),
  ]
}

function textsOf(list: Json | undefined): readonly string[] {
  return Array.isArray(list) ? list.filter((item: Json) => typeof item === 'string') : []
}
