/**
 * What a driver may ask of its clients, read a second time from the words that describe it: three questions,
 * each with an effect class of its own; roots are what a capability names; and whatever asks a person for
 * authority is the operator's to answer.
 */
import type { Json } from '../../../src/base/json.ts'
import type { Where } from '../../../src/kernel/capability/terms.ts'
import { inside } from './constraint.ts'
import type { Model, Node } from './model.ts'
import { allTerms, death, grants, termsOf } from './model.ts'

const effects = new Map([
  ['client/roots', 'observe'],
  ['client/sampling', 'act'],
  ['client/elicitation', 'act'],
])

/** True for what drivers ask of their clients, and agents never ask of anybody. */
export function isQuestion(selector: string): boolean {
  return effects.has(selector)
}

/** Effect class of asking, or undefined for what is no question. */
export function effectOfAsking(selector: string): string | undefined {
  return effects.get(selector)
}

/** Stems of words by which somebody gives something away or lets something be done. */
const stems = [
  'password',
  'passphrase',
  'secret',
  'token',
  'credential',
  'api key',
  'apikey',
  'approv',
  'grant',
]

/** True for a question to a person that certainly is one of authority: it leads to an address, or says so. */
export function concernsAuthority(selector: string, asked: { readonly [name: string]: Json }): boolean {
  if (selector !== 'client/elicitation') return false
  const { mode, message, requestedSchema } = asked as { readonly [name: string]: Json | undefined }
  if (mode !== undefined && mode !== 'form') return true
  const words = JSON.stringify([message ?? '', requestedSchema ?? {}]).toLowerCase()
  return stems.some((stem) => words.includes(stem))
}

/** What a driver holds on itself for `selector`, dead or alive. */
export function heldToAsk(model: Model, driver: number, selector: string): readonly Node[] {
  return [...model.nodes.values()].filter(
    (node) => node.handle !== 0 && node.holder === driver && node.object === driver && grants(node, selector),
  )
}

/** Addresses that one capability names as roots. */
export function rootsNamed(node: Node): readonly string[] {
  const named = termsOf(node).flatMap(({ caveats }) => namedIn(caveats.where))
  const limits = allTerms(node).flatMap(({ where }) => (where === undefined ? [] : [where]))
  return named.filter((uri) => limits.every((where) => inside(where, 'client/roots', { uri })))
}

function namedIn(where: Where | undefined): readonly string[] {
  const own = new Map(Object.entries(where ?? {}))
  const terms = own.get('client/roots') ?? own.get('*')
  const constraint = new Map(Object.entries(terms?.arguments ?? {})).get('uri')?.constraint
  const values = constraint === undefined ? [] : 'eq' in constraint ? [constraint.eq] : []
  const listed = constraint !== undefined && 'in' in constraint ? constraint.in : values
  return listed.filter((value) => typeof value === 'string')
}

/** Addresses that a driver's living capabilities name as roots at that instant. */
export function rootsOfLiving(model: Model, driver: number, at: number): ReadonlySet<string> {
  const living = heldToAsk(model, driver, 'client/roots').filter((node) => death(model, node, at) === null)
  return new Set(living.flatMap(rootsNamed))
}
