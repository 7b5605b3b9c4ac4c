/** Argument bytes as an attacker writes them: nearly right, subtly wrong, huge, deep, or no JSON at all. */
import { callArguments } from '../simulation/world/terms.ts'
import type { Random } from '../simulation/world/random.ts'

const traps: readonly string[] = [
  '',
  ' ',
  'null',
  '[]',
  '"text"',
  '0',
  '{',
  '{"path":"/data/a"',
  '{"path":"/data/a"}x',
  '{"path":"/data/a","path":"/etc/passwd"}',
  '{"path":"/data/a","\\u0070ath":"/etc/passwd"}',
  '{"__proto__":{"path":"/data/a"}}',
  '{"path":"/data/a","n":9007199254740993}',
  '{"path":"/data/a","n":1e400}',
  '{"path":"\\ud800"}',
  '{"path":"/data/a\\u0000"}',
  '\ufeff{"path":"/data/a"}',
  "{'path':'/data/a'}",
  '{"path":"/data/a",}',
  '{"path":["/data/a"]}',
  '{"path":{"toString":"/data/a"}}',
  '{"constructor":{"prototype":{}},"path":"/data/a"}',
  '{"path":"/data/\u202egnp.a"}',
  '{"path":"/data/a/../../etc/passwd"}',
]

/** One request's argument bytes. `n` makes honest ones unlike any others. */
export function hostileBytes(random: Random, n: number): Uint8Array {
  const kind = random.weighted({ honest: 70, trap: 14, flipped: 10, noise: 3, deep: 2, long: 1 })
  const honest = (): Buffer => Buffer.from(JSON.stringify(callArguments(random, n)))
  switch (kind) {
    case 'honest':
      return honest()
    case 'trap':
      return Buffer.from(random.pick(traps))
    case 'flipped': {
      const bytes = honest()
      bytes[random.below(bytes.length)] = random.below(256)
      return bytes
    }
    case 'noise':
      return random.bytes(random.below(64))
    case 'deep': {
      const depth = random.pick([31, 32, 33, 500])
      return Buffer.from(`{"path":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    }
    case 'long':
      return Buffer.from(
        JSON.stringify({ path: `/data/${'a'.repeat(random.pick([4_085, 4_096, 9_000]))}`, n }),
      )
  }
}

/** Selectors, real ones and names that have tripped other programs. */
export function hostileSelector(random: Random, real: readonly string[]): string {
  if (random.percent(88)) return random.pick(real)
  return random.pick([
    '*',
    '__proto__',
    'constructor',
    '',
    'tools/',
    'TOOLS/READ',
    'tools/read ',
    'x'.repeat(5_000),
    '\ud800',
  ])
}
