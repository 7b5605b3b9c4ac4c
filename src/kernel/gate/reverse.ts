/**
 * What a driver asks of its clients. These are calls like any other, made by the driver's own process under
 * capabilities that the driver holds; they differ in three ways: they happen in the course of an agent's call
 * and do not outlive it, their selectors are declared by the manifest instead of pinned to a definition, and
 * a question that concerns authority is answered by an operator and by nobody else.
 */
import type { CallId, Instant, ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { canonOf, whyAgainstCanon } from '../canon/evaluate.ts'
import type { Selector } from '../capability/terms.ts'
import type { EffectClass } from '../effect.ts'
import { limits } from '../limits.ts'
import { isReverse, reverseEffects } from '../manifest.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Call, Driver, State } from '../state.ts'

/** The effect class of a selector of `driver`, or null when its manifest knows no such selector. */
export function effectOf(driver: Driver | null, selector: Selector): EffectClass | null {
  if (driver === null) return null
  if (!isReverse(selector)) return driver.selectors.get(selector)?.effect ?? null
  return driver.program.client?.includes(selector) === true ? reverseEffects[selector] : null
}

/** Why the canon in force forbids a process this use of an object, or null. */
export function whyUncanonical(
  state: State,
  process: ProcessId,
  object: ObjectId,
  selector: Selector,
): Refusal | null {
  const driver = state.drivers.get(id(object)) ?? null
  const byDriver = driver !== null && id<ObjectId>(process) === object
  return whyAgainstCanon(canonOf(state), { selector, driver, effect: effectOf(driver, selector), byDriver })
}

/** What a use of a selector of `driver` costs. */
export function costOf(driver: Driver | null, selector: Selector): number {
  return driver?.selectors.get(selector)?.cost ?? 0
}

/** Why a driver may not ask this in the course of `within`, or null. Roots alone may be asked at any time. */
export function whyNotWithin(
  state: State,
  object: ObjectId,
  { selector, within }: { readonly selector: Selector; readonly within?: CallId },
): Refusal | null {
  if (!isReverse(selector) || (within === undefined && selector === 'client/roots')) return null
  const parent = within === undefined ? undefined : state.calls.get(within)
  if (parent?.stage === 'admitted' && parent.object === object && !isReverse(parent.selector)) return null
  return refusal(
    'not-found',
    'A driver asks in the course of a call that it is serving, and of no other.',
    'A call in flight at this driver.',
  )
}

/** The latest instant that a call within `within` may wait for: nothing outlives the call it is part of. */
export function notAfter(state: State, within: CallId | undefined, wanted: number): Instant {
  const parent = within === undefined ? undefined : state.calls.get(within)
  return id<Instant>(parent === undefined ? wanted : Math.min(wanted, parent.dueAt))
}

/** Calls that a driver made of its clients and that are not over. */
export function reverseCallsOf(state: State, driver: Driver): readonly Call[] {
  return [...state.calls.values()].filter(
    (call) => isReverse(call.selector) && call.object === id<ObjectId>(driver.id),
  )
}

/** Words that make a question one of authority: whoever answers it gives something away or lets something be done. */
const authorityWords =
  /pass(?:word|phrase|code)|secret|token|credential|api.?key|private.?key|\bpin\b|\botp\b|\b[2m]fa\b|\bcv[vc]\b|verification.?code|mnemonic|(?:seed|recovery).?phrase|one.?time|approv|authori[sz]|permission|\bpermit|con.?sent|\bgrant|\bsudo\b|\blog.?in\b|sign.?in/iu

/** A word that mixes Latin letters with others that look like them: nobody writes so by accident. */
const disguised =
  /\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin}/u

/**
 * Why an elicitation must be answered by an operator, or null. Sending a person to an address always concerns
 * authority, and so does a form whose English words ask for credentials or approval. A guess, and only ever in
 * the direction of asking somebody with authority.
 */
export function whyForOperator(selector: Selector, asked: JsonObject): string | null {
  if (selector !== 'client/elicitation') return null
  const { mode, message, requestedSchema } = asked as { readonly [name: string]: Json | undefined }
  if (mode !== undefined && mode !== 'form') return 'it sends a person to an address'
  const texts = [message, ...wordsOf(requestedSchema, limits.constraintDepth)]
  const isOdd = message !== undefined && typeof message !== 'string'
  const concerns = isOdd || texts.some((text) => typeof text === 'string' && speaksOfAuthority(text))
  return concerns ? 'it asks about authority' : null
}

/** Looks at a text as a person reads it: without what is not seen, and at `cardPin` and `card_pin` as two words. */
function speaksOfAuthority(text: string): boolean {
  const read = text.normalize('NFKD').replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
  const words = read.replaceAll(/_|(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
  return authorityWords.test(read) || authorityWords.test(words) || disguised.test(read)
}

/** Names, titles and descriptions anywhere in a schema. */
function wordsOf(schema: Json | undefined, depth: number): readonly Json[] {
  if (Array.isArray(schema)) return schema.flatMap((item) => wordsOf(item, depth - 1))
  if (!isJsonObject(schema ?? null)) return schema === undefined ? [] : [schema]
  if (depth === 0) return ['authorise']
  return Object.entries(schema as JsonObject).flatMap(([name, item]) => [name, ...wordsOf(item, depth - 1)])
}
