/**
 * Scripts for recorded runs, drawn from a seed: what agents do, in every order. Each consists of a few
 * shapes (a loop, many calls at once, a race, a chain of promises, a generator, a recursion …), and what its calls
 * are given depends on chance, time and earlier answers, so that a replay that gets one of them wrong shows it.
 */
import { Random } from '../../simulation/world/random.ts'

const tools = ['echo', 'late', 'fail', 'prose', 'few', 'forbidden']

/** A call with arguments that carry whatever the script knows. */
function call(random: Random, extra = ''): string {
  const driver = random.percent(3) ? 'nobody' : 'notes'
  const name = random.pick(tools)
  return `custos.call('${driver}', 'tools/${name}', { n: n++, last, r: Math.random(), t: Date.now()${extra} }).then(got)`
}

/** A call that a person decides. */
function heldCall(random: Random): string {
  return `custos.call('notes', 'tools/${random.pick(['ask', 'decline'])}', { n: n++, last }).then(got)`
}

const shapes: readonly ((random: Random) => string)[] = [
  (random) => `for (let i = 0; i < ${random.between(1, 6)}; i++) note(await ${call(random, ', i')})`,
  (random) =>
    `for (const answer of await Promise.all([${calls(random, 2, 8)}])) note(answer)
     note(await ${call(random)})`,
  (random) => `note(await Promise.race([${calls(random, 2, 5)}])); note(await ${call(random)})`,
  (random) => `const order = []
     await Promise.allSettled([${calls(random, 3, 8)}].map((p, i) => p.then((a) => { order.push(i); note(a) })))
     note(await ${call(random, ', order')})`,
  (
    random,
  ) => `note(await ${call(random)}.then((a) => { if (!a.ok) throw new Error(a.refusal.code); return a })
     .catch((e) => ({ caught: String(e) })))`,
  (random) => `function* steps() { for (let i = 0; i < ${random.between(1, 4)}; i++) yield i }
     for (const i of steps()) note(await ${call(random, ', i')})`,
  (random) => `const fib = (x) => (x < 2 ? x : fib(x - 1) + fib(x - 2))
     note(await ${call(random, `, fib: fib(${random.between(5, 15)})`)})`,
  (random) => `note(await ${heldCall(random)})`,
  (random) => `const same = { n: n++ }
     note(await Promise.all([1, 2].map(() => custos.call('notes', 'tools/${random.pick(['ask', 'decline'])}', same))))`,
  (random) => `const held = await custos.capabilities(); note(held.length); note(held.map((c) => c.usesLeft))
     note(await ${call(random)})`,
  (
    random,
  ) => `const sorted = Array.from({ length: ${random.between(5, 60)} }, () => Math.random()).sort((a, b) => a - b)
     note(await ${call(random, ', median: sorted[sorted.length >> 1], when: String(new Date())')})`,
  (random) => `const seen = new Map(); for (const [k, v] of Object.entries(last ?? {})) seen.set(k, typeof v)
     note(await ${call(random, ', kinds: [...seen]')})`,
  (
    random,
  ) => `try { await custos.call('notes', 'tools/echo', ${random.pick(['() => 1', '1n', '{ toJSON() { throw new Error(1) } }'])}) }
     catch (e) { note(e instanceof Error); note(await ${call(random)}) }`,
  (random) => `await Promise.all([[${call(random)}], [${call(random)}]].map(async ([p]) => {
       const first = await p; note(first); note(await ${call(random, ', first')}) }))`,
  (random) => `try { (function deeper(x) { deeper(x + 1) })(0) } catch (e) { note(String(e)) }
     note(await ${call(random)})`,
]

const endings = [
  'export default { n, last, digest }',
  'export default [...new Set(digest)]',
  "if (n % 2) throw new Error('odd ' + n)",
  'await new Promise(() => {})',
  'for (;;) { n += 1 }',
  "custos.log('done ' + custos.now()); export default custos.random()",
]
const endingWeights = [8, 4, 3, 1, 1, 4]

function calls(random: Random, fewest: number, most: number): string {
  return Array.from({ length: random.between(fewest, most) }, () => call(random)).join(', ')
}

function ending(random: Random): string {
  let left = random.below(endingWeights.reduce((sum, weight) => sum + weight, 0))
  for (const [index, weight] of endingWeights.entries()) {
    if (left < weight) return endings[index] ?? ''
    left -= weight
  }
  return ''
}

/** The script of `seed`. */
export function generatedScript(seed: number): string {
  const random = new Random(seed, 'script')
  const parts = Array.from({ length: random.between(1, 4) }, () => `{ ${random.pick(shapes)(random)} }`)
  return [
    'let n = 0, last = null; const digest = []',
    'function note(a) { last = a?.result ?? a?.refusal?.code ?? a; digest.push(JSON.stringify(a)); custos.log(JSON.stringify(a)) }',
    "function got(a) { last = a.result ?? a.refusal?.code ?? last; custos.log('got ' + JSON.stringify(last)); return a }",
    ...parts,
    ending(random),
  ].join('\n')
}
