/**
 * What simulated drivers are granted to ask, what they ask, and what clients and operators answer. Some forms
 * are harmless, some are after a password; some answers are none.
 */
import { id } from '../../../src/base/ids.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type { Caveats, Where } from '../../../src/kernel/capability/terms.ts'
import { questions } from './manifests.ts'
import type { Random } from './random.ts'

const roots: readonly string[] = ['file:///data', 'file:///data/a', 'file:///more', 'file:///etc']

/** Terms of a grant to a driver, mostly of questions that it declared; now and then of what only agents may hold. */
export function questionTerms(random: Random, now: number, declared: readonly string[]): Caveats {
  const known = declared.length > 0 && random.percent(90) ? declared : questions
  const wanted = known.filter(() => random.percent(65))
  const listed = wanted.length === 0 ? [random.pick(known)] : wanted
  return {
    selectors: random.percent(6) ? [...listed, 'tools/read'] : listed,
    where: where(random),
    ...(random.percent(35) ? { uses: random.between(1, 2) } : {}),
    ...(random.percent(15) ? { expiresAt: id(now + random.between(50, 2_500)) } : {}),
    ...(random.percent(25)
      ? { rate: { count: random.between(1, 3), perMs: random.pick([50, 400, 5_000]) } }
      : {}),
    ...(random.percent(18) ? { ask: true } : {}),
  }
}

function where(random: Random): Where {
  const uri = random.percent(60)
    ? { in: roots.filter(() => random.percent(50)) }
    : random.pick([{ eq: roots[0] as string }, { any: true as const }, { prefix: 'file:///' }])
  const open = { arguments: { uri: { constraint: uri, optional: true } }, open: true } as const
  const few = {
    arguments: { maxTokens: { constraint: { range: { max: 100 } }, optional: true } },
    open: true,
  } as const
  return random.percent(80)
    ? { 'client/roots': open, 'client/sampling': few, '*': { arguments: {}, open: true } }
    : { '*': open }
}

/** Parameters of a question. `n` makes most unlike any others; equal ones are two questions all the same. */
export function askedParams(random: Random, selector: string, n: number): Uint8Array {
  if (random.percent(3)) return Buffer.from(random.pick(['', '[]', '{"n":1,"n":2}', '{"message":', 'null']))
  const unique = random.percent(85) ? { n } : {}
  return Buffer.from(JSON.stringify({ ...params(random, selector), ...unique }))
}

function params(random: Random, selector: string): JsonObject {
  if (selector === 'client/sampling') return { maxTokens: random.pick([1, 50, 101]) }
  if (selector !== 'client/elicitation') return {}
  const form = { message: 'Which colour?', requestedSchema: { type: 'object', properties: { colour: {} } } }
  return random.pick<JsonObject>([
    form,
    form,
    { ...form, mode: 'form' },
    { ...form, mode: 'url', url: 'https://example.org/x' },
    { ...form, message: 'Your PassWord, please' },
    { ...form, requestedSchema: { type: 'object', properties: { apiKey: { type: 'string' } } } },
    { ...form, requestedSchema: { properties: { x: { title: 'The access token' } } } },
    { ...form, message: 'Approve the transfer?' },
  ])
}

/** What a client answers a question. */
export function clientAnswer(random: Random, isHonest: boolean): Uint8Array {
  const honest: Json = random.pick<JsonObject>([
    { role: 'assistant', n: random.word() },
    { action: 'accept', content: { colour: `c${random.word()}` } },
    { roots: [{ uri: 'file:///etc' }, { uri: `file:///${random.word()}` }] },
  ])
  const text =
    isHonest || random.percent(90)
      ? JSON.stringify(honest)
      : random.pick(['', '[1]', '7', '{', '{"a":1,"a":2}'])
  return Buffer.from(text)
}

/** What an operator answers one, or null for none. */
export function operatorAnswer(random: Random): string | null {
  return random.percent(65) ? JSON.stringify({ colour: `o${random.word()}` }) : null
}
