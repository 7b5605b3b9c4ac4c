/**
 * Scripts that want more than there is: time, memory, stack, syscalls, lines. Each with how it must end, the same
 * way every time. `any` is for those that may also come to their end when the engine handles them well.
 */

/** One bomb. */
export interface Bomb {
  readonly name: string
  readonly source: string
  /** How it ends. */
  readonly ends: readonly string[]
}

const endless: { readonly [name: string]: string } = {
  'a loop': 'for (;;) {}',
  'a loop that catches everything': 'for (;;) { try { for (;;) {} } catch {} finally { continue } }',
  'a loop in an async function that catches':
    'async function f() { try { for (;;) {} } catch { await f() } finally { f() } } await f()',
  'promises that multiply slowly':
    'const f = () => { Promise.resolve().then(f) }; f(); await new Promise(() => 0)',
  'await without end': 'for (;;) await null',
  'a generator without end': 'function* g() { for (;;) yield 1 } for (const x of g()) ;',
  'an iterator helper without end':
    'function* g() { for (;;) yield 1 } Iterator.from(g()).filter(() => false).next()',
  'a getter that calls itself in a loop': 'const o = { get x() { for (;;) ; } }; JSON.stringify(o)',
  'a proxy that loops': 'new Proxy({}, { get() { for (;;) ; } }).x',
  'a comparison that loops': '[3, 1, 2].sort(() => { for (;;) ; })',
  'a toString that loops': 'custos.log({ toString() { for (;;) ; } })',
  'a toJSON that loops': "await custos.call('notes', 'tools/echo', { toJSON() { for (;;) ; } })",
  'an error that loops when described': 'throw { get name() { for (;;) ; } }',
  'a result that loops when written': 'export default { toJSON() { for (;;) ; } }',
  'a regular expression that backtracks': '/(a+)+$/.test("a".repeat(60) + "b")',
  'a regular expression with back-references': '/(?:(\\w+)\\1?)*$/.test("ab".repeat(60) + "!")',
  'a regular expression of nested quantifiers': '/^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(60))',
  'a replacement that loops': '"x".replace(/x/, () => { for (;;) ; })',
  'eval of a loop': 'eval("for (;;) ;")',
  'a function made of text': 'new Function("for (;;) ;")()',
  'a loop in a class field': 'class A { x = (() => { for (;;) ; })() } new A()',
  'a loop in a microtask after a throw':
    "Promise.resolve().then(() => { for (;;) ; }); await null; throw new Error('x')",
}

const greedy: { readonly [name: string]: string } = {
  'an array that grows': 'const a = []; for (;;) a.push(new Array(1000).fill(1))',
  'a string that doubles': 's = "x"; for (;;) s += s',
  'a buffer of two gigabytes': 'new ArrayBuffer(2e9)',
  'buffers without end': 'const a = []; for (;;) a.push(new Uint8Array(1e6))',
  'a repeat': '"x".repeat(2 ** 29)',
  'a padded string': '"x".padEnd(2 ** 29)',
  'promises that wait for each other': 'const f = () => Promise.resolve().then(f); await f()',
  'closures without end': 'let f = () => 0; for (;;) { const g = f; f = () => g() }',
  'promises that wait': 'const a = []; for (;;) a.push(new Promise(() => 0).then(() => a))',
  'objects in a map': 'const m = new Map(); for (let i = 0; ; i++) m.set({ i }, { i })',
  symbols: 'const a = []; for (let i = 0; ; i++) a.push(Symbol("x".repeat(1000) + i))',
  shapes:
    'for (let i = 0; ; i++) { const o = {}; for (let j = 0; j < 100; j++) o["k" + i + j] = 1; (globalThis.all ??= []).push(o) }',
  'big integers': 'let n = 3n; for (;;) n *= n',
  'a regular expression of great size': 'new RegExp("(?:x{0,1000}){0,1000}".repeat(1000))',
  'JSON of great size': 'JSON.stringify(Array(1e7).fill("xxxxxxxx"))',
  'a template of great size': 'let s = "x".repeat(1e6); for (;;) s = `${s}${s}`',
  'concatenated arrays': 'let a = [1]; for (;;) a = a.concat(a)',
  'spread arguments': 'Math.max(...Array(1e7).fill(1))',
}

const deep: { readonly [name: string]: string } = {
  'a function': '(function f() { f() })()',
  'a function in a comparison': '(function f() { [1, 2].sort(f) })()',
  'a getter': '({ get x() { return this.x } }).x',
  'a toString': 'String({ toString() { return "" + this } })',
  'a proxy of itself': 'const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x',
  'Reflect.construct': '(function f() { Reflect.construct(f, []) })()',
  eval: '(globalThis.f = () => eval("f()"))()',
  'a replacement': '(function f() { return "x".replace(/x/, f) })()',
  'a reviver': 'JSON.parse("[1]", function f() { return JSON.parse("[1]", f) })',
  'JSON.parse of nested arrays': 'JSON.parse("[".repeat(1e6))',
  'JSON.stringify of nested arrays': 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)',
  'String of nested arrays': 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)',
  'flat of nested arrays': 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)',
  parentheses: 'eval("(".repeat(1e5))',
  brackets: 'eval("[".repeat(1e5))',
  braces: 'eval("{".repeat(1e5))',
  templates: 'eval("`${".repeat(1e5))',
  negations: 'eval("!".repeat(1e6) + 1)',
  arrows: 'eval("a=>".repeat(1e5) + 1)',
  'groups of a regular expression': 'new RegExp("(?:".repeat(1e5) + ")".repeat(1e5))',
  'classes of a regular expression': 'new RegExp("[".repeat(1e5), "v")',
  'bound functions': 'let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); f()',
  'proxies of proxies': 'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x',
  'callable proxies of proxies': 'let p = () => 1; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p()',
  'Array.isArray through proxies':
    'let p = []; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); Array.isArray(p)',
  'instanceof through bound functions':
    'let f = function () {}; for (let i = 0; i < 1e5; i++) f = f.bind(null); ({}) instanceof f',
  'delegating generators': 'function* g(n) { if (n > 0) yield* g(n - 1) } g(1e5).next()',
  'async functions': 'await (async function f() { await f() })()',
  'promises of promises':
    'let p = Promise.resolve(1); for (let i = 0; i < 1e4; i++) { const q = p; p = new Promise((r) => r(q)) } await p',
  'inherited constructors':
    'let C = class {}; for (let i = 0; i < 3000; i++) { const B = C; C = class extends B {} } new C()',
  prototypes: 'let o = {}; for (let i = 0; i < 1e5; i++) o = Object.create(o); o.x',
}

const bombs = (
  kind: string,
  group: { readonly [name: string]: string },
  ends: readonly string[],
): readonly Bomb[] =>
  Object.entries(group).map(([name, source]) => ({ name: `${kind}: ${name}`, source, ends }))

/** All of them. Memory and stack that run out are errors that a script may catch; time never is. */
export const allBombs: readonly Bomb[] = [
  ...bombs('no end', endless, ['fuel']),
  ...bombs('memory', greedy, ['threw', 'fuel', 'finished', 'stalled']),
  ...bombs('depth', deep, ['threw', 'finished']),
]

/** Long loops inside the engine that ask nobody whether they may go on: only the clock ends them. */
export const unaskedLoops: readonly string[] = [
  'const a = []; a.length = 2 ** 31; a.join("xxxxxxxx")',
  'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
]
