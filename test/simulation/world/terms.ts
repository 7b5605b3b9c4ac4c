/**
 * What agents and operators come up with: grants, narrowings and arguments. Drawn so that most requests are
 * plausible, because a gate that only ever sees nonsense is only ever asked to refuse.
 */
import { id } from '../../../src/base/ids.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type {
  ArgumentTerm,
  ArgumentTerms,
  Caveats,
  Constraint,
} from '../../../src/kernel/capability/terms.ts'
import { questions, selectors } from './manifests.ts'
import type { Random } from './random.ts'

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
  const traps = random.percent(8)
    ? ['tools/rule', ...(random.percent(40) ? [random.pick(questions)] : [])]
    : []
  const reading = random.percent(20) ? resources : []
  const wanted = ['tools/read', 'tools/list', ...selectors.slice(0, 5)].filter(() => random.percent(45))
  const listed = [...new Set([...(wanted.length === 0 ? ['tools/read'] : wanted), ...reading, ...traps])]
  const terms = argumentTerms(random, random.pick([0, 1, 1, 2]))
  const isOpen = random.percent(15)
  return {
    selectors: listed,
    where: {
      '*': { arguments: terms, ...(isOpen ? { open: true } : {}) },
      ...Object.fromEntries(reading.map((selector) => [selector, resourceTerms(random)])),
    },
    ...limits(random, now, 1),
    ...(random.percent(18) ? { ask: true } : {}),
    ...(random.percent(4) ? { approvals: random.between(1, 2) } : {}),
    ...(random.percent(7) ? { quorum: 2 } : {}),
    ...(random.percent(8) ? { derivable: false } : {}),
    ...(random.percent(10) ? { badge: 'guest' } : {}),
  }
}

const resources = ['resources/read', 'resources/subscribe'] as const

function resourceTerms(random: Random): ArgumentTerms {
  const uri = random.pick<Constraint>([{ prefix: 'file:///data/' }, { eq: 'file:///data/a' }, { any: true }])
  return { arguments: { uri: { constraint: uri }, n: { constraint: { any: true }, optional: true } } }
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
    ...(random.percent(22)
      ? { budget: { amount: Math.max(1, Math.round(random.between(5, 60) * scale)) } }
      : {}),
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

/** Arguments of a request to read something. `n` makes them unlike any others. */
export function resourceArguments(random: Random, n: number): JsonObject {
  return { uri: `file:///${random.pick(['data/a', 'data/b/c', 'data/../etc', 'etc/passwd'])}`, n }
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
