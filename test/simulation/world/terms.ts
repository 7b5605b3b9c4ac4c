/**
 * What agents and operators come up with: grants, narrowings and arguments. Drawn so that most requests are
 * plausible, because a gate that only ever sees nonsense is only ever asked to refuse.
 */
import { hash } from 'node:crypto'
import { id } from '../../../src/base/ids.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type { ArgumentTerm, Caveats, Constraint } from '../../../src/kernel/capability/terms.ts'
import type { EffectClass } from '../../../src/kernel/effect.ts'
import type { DriverManifest } from '../../../src/kernel/manifest.ts'
import { canonical } from '../oracle/constraint.ts'
import type { Random } from './random.ts'

const effects: { readonly [selector: string]: EffectClass } = {
  'tools/read': 'observe',
  'tools/list': 'observe',
  'tools/write': 'change',
  'tools/send': 'act',
  'tools/buy': 'spend',
  'tools/rule': 'govern',
  'client/sampling': 'observe',
}

/** Selectors that every simulated driver offers. */
export const selectors: readonly string[] = Object.keys(effects)

const definitions = new Map<string, Json>(
  selectors.map((selector) => [selector, { name: selector, version: 1 }]),
)

/** The manifest every simulated driver is added with. */
export const manifest: DriverManifest = {
  program: { protocol: 'mcp-stdio', command: 'simulated', args: [], cwd: '/', env: {} },
  selectors: selectors.map((selector) => ({
    selector,
    digest: hash('sha256', canonical(definitions.get(selector)), 'hex'),
    effect: effects[selector] ?? 'act',
  })),
}

const honestOffer: Uint8Array = offerOf(definitions)

/** What an adapter says it offers; with `changed`, one definition is not what was pinned. */
export function offer(random: Random, changed: boolean): Uint8Array {
  if (!changed) return honestOffer
  return offerOf(new Map(definitions).set(random.pick(['tools/read', 'tools/send']), { version: 2 }))
}

function offerOf(offered: ReadonlyMap<string, Json>): Uint8Array {
  return Buffer.from(JSON.stringify([...offered].map(([selector, definition]) => ({ selector, definition }))))
}

const folders = ['/', '/data', '/data/a', '/data/a/deep', '/etc'] as const
const paths: readonly string[] = [
  '/data',
  '/data/a',
  '/data/a/deep/x',
  '/data/b',
  '/data/ab',
  '/etc/passwd',
  '/',
  '/data/../etc/passwd',
  '/data//a',
  '/data/a/',
  '/data/./a',
  '/data/%2e%2e/etc',
  '~/x',
  'data/a',
  '/data/a\\b',
  '/data/é',
]

/** Terms of a root grant. */
export function grantTerms(random: Random, now: number): Caveats {
  // What nobody may ever use is granted now and then all the same: the canon must hold whatever was granted.
  const offered = random.percent(8) ? selectors : selectors.slice(0, 5)
  const wanted = ['tools/read', 'tools/list', ...offered].filter(() => random.percent(45))
  const listed = [...new Set(wanted.length === 0 ? ['tools/read'] : wanted)]
  const terms = argumentTerms(random, random.pick([0, 1, 1, 2]))
  const isOpen = random.percent(15)
  return {
    selectors: listed,
    where: { '*': { arguments: terms, ...(isOpen ? { open: true } : {}) } },
    ...limits(random, now, 1),
    ...(random.percent(18) ? { ask: true } : {}),
    ...(random.percent(8) ? { derivable: false } : {}),
    ...(random.percent(10) ? { badge: 'guest' } : {}),
  }
}

/** Terms of a derivation: mostly narrower, sometimes not. */
export function deriveTerms(random: Random, now: number, held: readonly string[]): Caveats {
  const isBroad = random.percent(25)
  const kept = held.filter(() => random.percent(70))
  const listed = isBroad && random.percent(50) ? [...new Set([...kept, random.pick(selectors)])] : kept
  return {
    ...(listed.length > 0 && random.percent(70) ? { selectors: listed } : {}),
    ...(random.percent(35)
      ? {
          where: {
            '*': {
              arguments: argumentTerms(random, isBroad ? 0 : 2),
              ...(isBroad && random.percent(30) ? { open: true } : {}),
            },
          },
        }
      : {}),
    ...limits(random, now, isBroad ? 3 : 0.5),
    ...(random.percent(10) ? { ask: true } : {}),
    ...(random.percent(6) ? { derivable: false } : {}),
  }
}

function limits(random: Random, now: number, scale: number): Caveats {
  return {
    ...(random.percent(25) ? { uses: Math.max(1, Math.round(random.between(1, 5) * scale)) } : {}),
    ...(random.percent(20) ? { expiresAt: id(now + Math.round(random.between(20, 1_500) * scale)) } : {}),
    ...(random.percent(12)
      ? { rate: { count: random.between(1, 3), perMs: random.pick([50, 400, 5_000]) } }
      : {}),
  }
}

/** Depth says how narrow: 0 the whole tree, 2 a corner of it. */
function argumentTerms(random: Random, depth: number): { readonly [name: string]: ArgumentTerm } {
  const folder = folders[depth] ?? '/data'
  const path: Constraint = random.pick<Constraint>([
    { within: folder },
    { within: folder },
    { prefix: folder === '/' ? '/' : `${folder}/` },
    { glob: `${folder === '/' ? '' : folder}/**` },
    { in: ['/data', '/data/a', '/data/b'] },
    { any: true },
  ])
  return {
    path: { constraint: path },
    n: { constraint: { any: true }, optional: true },
    ...(random.percent(50)
      ? { amount: { constraint: { range: { min: 0, max: 100 - 30 * depth } }, optional: true } }
      : {}),
    ...(random.percent(15) ? { tags: { constraint: { every: { in: ['x', 'y'] } }, optional: true } } : {}),
    ...(random.percent(8) ? { mode: { constraint: { eq: 'safe' } } } : {}),
  }
}

/** Arguments of a request. `n` makes them unlike any others. */
export function callArguments(random: Random, n: number): JsonObject {
  return {
    ...(random.percent(96)
      ? { path: random.percent(75) ? random.pick(paths.slice(0, 4)) : random.pick(paths) }
      : {}),
    // Some do not fit into the event and go to a blob.
    n: random.percent(2) ? `${n} ${'x'.repeat(random.between(4_000, 9_000))}` : n,
    ...(random.percent(15) ? { amount: random.pick([0, 5, 40, 70, 100, 101, -1]) } : {}),
    ...(random.percent(6) ? { tags: random.pick<Json>([[], ['x'], ['x', 'z'], 'x']) } : {}),
    ...(random.percent(8) ? { mode: random.pick<Json>(['safe', 'fast', 1]) } : {}),
    ...(random.percent(4) ? { surprise: true } : {}),
  }
}
