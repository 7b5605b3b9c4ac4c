/**
 * What simulated drivers are: the manifests they are added with and updated to, and what their programs offer.
 * A program is of a version, which is its only argument; a manifest pins definitions of a version, mostly the
 * same. What nobody may use is pinned too, because the canon must hold whatever a manifest says.
 */
import { hash } from 'node:crypto'
import type { Json } from '../../../src/base/json.ts'
import type { EffectClass } from '../../../src/kernel/effect.ts'
import type { DriverManifest, DriverProgram, ReverseSelector } from '../../../src/kernel/manifest.ts'
import { canonical } from '../oracle/constraint.ts'
import type { Random } from './random.ts'

const effects: { readonly [selector: string]: EffectClass } = {
  'tools/read': 'observe',
  'tools/list': 'observe',
  'tools/write': 'change',
  'tools/send': 'act',
  'tools/buy': 'spend',
  'resources/read': 'observe',
  'resources/subscribe': 'observe',
  'tools/rule': 'govern',
  'client/sampling': 'observe',
}

const costs: { readonly [selector: string]: number } = { 'tools/read': 3, 'tools/write': 10, 'tools/buy': 25 }

/** Selectors that every simulated driver offers. */
export const selectors: readonly string[] = Object.keys(effects)

/** What drivers may ask of their clients. */
export const questions: readonly ReverseSelector[] = ['client/roots', 'client/sampling', 'client/elicitation']

/** Selectors whose definition the second version of a program changes. */
const changing: readonly string[] = ['tools/read', 'tools/send']

function definition(selector: string, version: number): Json {
  return { name: selector, version: changing.includes(selector) ? version : 1 }
}

/** Digests of what a program of that version offers. */
export function offeredDigests(version: number): ReadonlyMap<string, string> {
  return new Map(pinned(version).map(({ selector, digest }) => [selector, digest]))
}

function pinned(version: number): DriverManifest['selectors'] {
  return selectors.map((selector) => ({
    selector,
    digest: hash('sha256', canonical(definition(selector, version)), 'hex'),
    effect: effects[selector] ?? 'act',
    ...(costs[selector] === undefined ? {} : { cost: costs[selector] }),
  }))
}

function program(version: number, client: readonly ReverseSelector[]): DriverProgram {
  const plain = {
    protocol: 'mcp-stdio',
    command: 'simulated',
    args: [`${version}`],
    cwd: '/',
    env: {},
  } as const
  return client.length === 0 ? plain : { ...plain, client }
}

/** The plainest manifest: it asks its clients nothing. */
export const manifest: DriverManifest = { program: program(1, []), selectors: pinned(1) }

/** A manifest that declares every question. */
export const curiousManifest: DriverManifest = { ...manifest, program: program(1, questions) }

/** The manifest of a new driver. */
export function newManifest(random: Random): DriverManifest {
  return { ...manifest, program: program(1, declared(random)) }
}

/** What an operator updates a driver to: another version, other questions, fewer or riskier selectors. */
export function updatedManifest(
  random: Random,
  { args, client = [] }: { args?: readonly string[]; client?: readonly ReverseSelector[] },
): DriverManifest {
  const version = random.percent(60) ? 2 : Number(args?.[0] ?? 1)
  const kept = random.percent(70) ? client : declared(random)
  const pins = pinned(random.percent(80) ? version : 3 - version)
    .filter(() => random.percent(97))
    .map((pin) =>
      pin.selector === 'tools/write' && random.percent(20) ? { ...pin, effect: 'act' as const } : pin,
    )
  return { program: program(version, kept), selectors: pins }
}

function declared(random: Random): readonly ReverseSelector[] {
  return random.percent(60) ? questions : questions.filter(() => random.percent(40))
}

/** What a program says it offers; with `changed`, one definition is not what it was. */
export function offer(random: Random, version: number, changed: boolean): Uint8Array {
  const odd = changed ? random.pick(changing) : ''
  const offered = selectors.map((selector) => ({
    selector,
    definition: definition(selector, selector === odd ? 3 : version),
  }))
  return Buffer.from(JSON.stringify(offered))
}
