/**
 * The published escapes from vm2 and its kind, re-expressed against a machine that offers `custos` and nothing
 * else. Each is the body of an async function. It tries to get hold of a function constructor of the host, and
 * calls `win` with it; `win` writes a file, so that success is a matter of fact. What they share: something of the
 * host's is an object in there, a callback of the script's is called by the host, or an error of the host's is seen.
 */

/** One way out. */
export interface Escape {
  readonly name: string
  readonly body: string
}

/** Everything that is reached by walking from an object of the host's to its constructor's constructor. */
const chains: { readonly [name: string]: string } = {
  'constructor chain of the interface': 'win(custos.constructor.constructor)',
  'constructor of a function of the host': 'win(custos.log.constructor)',
  'constructor through __proto__': 'win(custos.log.__proto__.constructor)',
  'constructor through Object.getPrototypeOf': 'win(Object.getPrototypeOf(custos.log).constructor)',
  'constructor through Reflect.getPrototypeOf': 'win(Reflect.getPrototypeOf(custos).constructor.constructor)',
  'constructor through Reflect.get': "win(Reflect.get(custos.log, 'constructor'))",
  'constructor called by Reflect.apply': 'win((text) => Reflect.apply(custos.log.constructor, null, [text]))',
  'constructor called by Reflect.construct':
    'win((text) => Reflect.construct(custos.now.constructor, [text]))',
  'constructor through an inherited method': 'win(custos.hasOwnProperty.constructor)',
  'constructor of bind, call and apply': 'win(custos.now.bind.constructor)',
  'getter of __proto__ of the host':
    "win(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(custos), '__proto__').get.constructor)",
  'legacy getter look-up on the host': "win(custos.__lookupGetter__('__proto__').constructor)",
  'legacy setter look-up on the host': "win(custos.__lookupSetter__('__proto__').constructor)",
  'with statement over the interface':
    "win(new Function('c', 'with (c) { return constructor.constructor }')(custos))",
  'super in an object that inherits the interface':
    'win(({ __proto__: custos, f() { return super.constructor.constructor } }).f())',
  'class that extends the constructor of a host function':
    'class Made extends custos.log.constructor {}; win((text) => new Made(text))',
  'tagged template': 'win((text) => custos.log.constructor`return process`)',
  'bound and borrowed method': 'win(Function.prototype.call.bind(custos.log.constructor, null))',
  destructuring: 'const { log: { constructor: made } } = custos; win(made)',
  'array species of the host':
    'const list = await custos.capabilities(); win(Object.getOwnPropertyDescriptor(list.constructor, Symbol.species).get.constructor)',
  'iterator of a list of the host':
    'const list = await custos.capabilities(); win(list[Symbol.iterator]().next.constructor)',
  'iterator helper over a list of the host':
    'const list = await custos.capabilities(); win(Object.getPrototypeOf(list.values()).next.constructor)',
  'method of a list of the host': 'win((await custos.capabilities()).map.constructor)',
  'result object of a call': "win((await custos.call('notes', 'tools/echo', {})).constructor.constructor)",
  'nested result of a call':
    "win((await custos.call('notes', 'tools/echo', {})).result.constructor.constructor)",
  'weak reference to an object of the host':
    "const held = new WeakRef(await custos.call('notes', 'tools/echo', {})); win(held.deref().constructor.constructor)",
  'yield* over answers of the host': `async function* all() { yield* { [Symbol.asyncIterator]: () => ({ next: () => custos.call('notes', 'tools/echo', {}) }) } }
     const got = await all().next(); win((got.value ?? await custos.capabilities()).constructor.constructor)`,
}

/** Promises of the host's, and thenables that the host waits for. */
const promises: { readonly [name: string]: string } = {
  'constructor of a promise of the host':
    "win(custos.call('notes', 'tools/echo', {}).constructor.constructor)",
  'then of a promise of the host': "win(custos.call('notes', 'tools/echo', {}).then.constructor)",
  'promise species of the host': `const p = custos.capabilities()
     p.constructor = { [Symbol.species]: function (executor) {
       executor(() => undefined, () => undefined); const f = executor.constructor; win(f); return p } }
     p.then(() => undefined); await p`,
  'rejection of the host through species': `const p = custos.call(Symbol('not a word'))
     p.constructor = { [Symbol.species]: class { constructor(run) { run(() => 0, (e) => win(e.constructor.constructor)) } } }
     p.then(() => undefined); await new Promise((done) => Promise.resolve().then(done))`,
  'rejection of the host': `try { await custos.call(Symbol('not a word')) } catch (e) { win(e.constructor.constructor) }`,
  'thenable argument': `await custos.call('notes', 'tools/echo', { then(resolve) { win(resolve.constructor); resolve({}) } })`,
  'then on the prototype of every object': `Object.defineProperty(Object.prototype, 'then', { configurable: true,
       get() { return function (resolve) { delete Object.prototype.then; win(resolve.constructor); resolve(1) } } })
     await custos.call('notes', 'tools/echo', {})`,
  'promise with a then of its own': `const p = Promise.resolve({}); p.then = (resolve) => { win(resolve.constructor); resolve({}) }
     await custos.call('notes', 'tools/echo', p)`,
  'AggregateError of the host': `try { await Promise.any([custos.call(Symbol('x'))]) }
     catch (e) { win(e.errors[0].constructor.constructor) }`,
  'import that fails': "try { await import('oopsie') } catch (e) { win(e.constructor.constructor) }",
  'Promise.try around the host': `await Promise.try(custos.call, Symbol('x')).catch((e) => win(e.constructor.constructor))`,
}

/** Errors that arise in the host, and the script's code that the host calls. */
const callbacks: { readonly [name: string]: string } = {
  'error that a function of the host throws': `try { custos.log(Symbol('x')) } catch (e) { win(e.constructor.constructor) }
     try { custos.log({ toString() { return {} }, valueOf() { return {} } }) } catch (e) { win(e.constructor.constructor) }`,
  'stack overflow inside the host': `function deep() { try { deep() } catch (e) { custos.log('x'); throw e } }
     for (let pad = 0; pad < 60; pad++) {
       try { (function down(n) { if (n > 0) return down(n - 1); (function go() { custos.now(); custos.log('y'); go() })() })(pad) }
       catch (e) { try { win(e.constructor.constructor) } catch {} }
     }`,
  'inspection hook': `custos.log({ [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
       win((inspect ?? depth).constructor); return '' } })`,
  'inspection hook on a prototype': `Object.prototype[Symbol.for('nodejs.util.inspect.custom')] = function (depth, options, inspect) {
       if (inspect) win(inspect.constructor); return '' }
     custos.log({}); await custos.call('notes', 'tools/echo', {})`,
  'arguments of a proxied toString': `custos.log(new Proxy({}, { get: (t, key) => (key === 'toString' || key === Symbol.toPrimitive || key === 'toJSON'
       ? new Proxy(() => 'x', { apply(f, self, list) { win(list.constructor.constructor); return 'x' } }) : undefined) }))`,
  'arguments of a proxied toJSON': `await custos.call('notes', 'tools/echo', { toJSON: new Proxy(() => ({}), {
       apply(f, self, list) { win(list.constructor.constructor); return {} } }) })`,
  'arguments of a proxied getter': `await custos.call('notes', 'tools/echo', Object.defineProperty({}, 'x', { enumerable: true,
       get: new Proxy(() => 1, { apply(f, self, list) { win(list.constructor.constructor); return 1 } }) }))`,
  'arguments of a proxied error name': `const e = new Error('x'); e.name = { toString: new Proxy(() => '', {
       apply(f, self, list) { win(list.constructor.constructor); return '' } }) }
     custos.log(e); try { e.stack } catch {} ; await custos.call('notes', 'tools/echo', e).catch(() => 0)`,
  'keys from a proxied argument': `await custos.call('notes', 'tools/echo', new Proxy({}, {
       ownKeys: new Proxy(() => [], { apply(f, self, list) { win(list.constructor.constructor); return [] } }) }))`,
  'prototype from a proxied argument': `await custos.call('notes', 'tools/echo', new Proxy({}, {
       getPrototypeOf: new Proxy(() => null, { apply(f, self, list) { win(list.constructor.constructor); return null } }) }))`,
  'Error.prepareStackTrace': `Error.prepareStackTrace = (error, frames) => {
       for (const frame of frames) { const f = frame.getFunction?.() ?? frame.getThis?.(); if (f) try { win(f.constructor) } catch {} }
       win(frames.constructor.constructor); return '' }
     try { custos.log(Symbol('x')) } catch (e) { e.stack; try { win(e.constructor.constructor) } catch {} } ; new Error().stack`,
  'Error replaced by one with prepareStackTrace': `globalThis.Error = { prepareStackTrace(error, frames) { win(frames[0].constructor.constructor) } }
     try { await custos.call(Symbol('x')) } catch (e) { e.stack; win(e.constructor.constructor) }`,
  'captured stack of an object of the host': `Error.captureStackTrace(custos.log)
     win(Object.getPrototypeOf(custos.log).constructor)`,
}

/** The glue between script and host, taken over by changing what it uses. */
const glue: { readonly [name: string]: string } = {
  'Function.prototype.call taken over': `const tried = (things) => { for (const f of things) if (typeof f === 'function') try { win(f.constructor) } catch {} }
     Function.prototype.call = function (...all) { tried([this, ...all]) }
     custos.glue?.('x'); custos.log('x'); await custos.capabilities()`,
  'Function.prototype.apply taken over': `const tried = (things) => { for (const f of things) if (typeof f === 'function') try { win(f.constructor) } catch {} }
     Function.prototype.apply = function (...all) { tried([this, ...all]) }
     custos.glue?.('x'); custos.log('x'); await custos.capabilities()`,
  'Map.prototype taken over': `const { set, get } = Map.prototype
     Map.prototype.set = function (key, value) { win(value.constructor); return Reflect.apply(set, this, [key, value]) }
     Map.prototype.get = function (key) { const v = Reflect.apply(get, this, [key]); if (v) win(v.constructor); return v }
     custos.glue?.('x'); await custos.capabilities()`,
  'Array.prototype.push taken over': `const { push } = Array.prototype
     Array.prototype.push = function (value) { Array.prototype.push = push; if (value) win(value.constructor); return 1 }
     custos.glue?.('x'); await custos.capabilities()`,
  'setter on Array.prototype': `Object.defineProperty(Array.prototype, 0, { configurable: true, set(value) { delete Array.prototype[0]; win(value.constructor) } })
     custos.glue?.('x'); await custos.capabilities()`,
  'setter on Object.prototype': `for (const key of ['1', 'waiting', 'resolve', 'send']) Object.defineProperty(Object.prototype, key, { configurable: true,
       set(value) { delete Object.prototype[key]; if (typeof value === 'function') win(value.constructor) } })
     custos.glue?.('x'); await custos.capabilities()`,
  'Reflect.apply taken over': `Reflect.apply = (f) => { win(f.constructor) }
     custos.glue?.('x'); custos.log('x'); await custos.capabilities()`,
  'Promise taken over': `const P = Promise
     globalThis.Promise = function (run) { return new P((yes, no) => { win(run.constructor); run(yes, no) }) }
     win(custos.capabilities().constructor.constructor)`,
}

/** What a host may have left lying about. */
const ambient: { readonly [name: string]: string } = {
  'process on the global object': 'escaped(process)',
  'process through globalThis and eval': "escaped((0, eval)('process'))",
  'process through a new function': "escaped(new Function('return process')())",
  'process through this': "escaped(new Function('return this')().process)",
  require: "require('node:fs').writeFileSync(canary, 'escaped')",
  'import of a built-in module': "(await import('node:fs')).writeFileSync(canary, 'escaped')",
  'import of node:process': "escaped((await import('node:process')).default)",
  'import inside eval': "(await (0, eval)(\"import('node:fs')\")).writeFileSync(canary, 'escaped')",
  Buffer: 'escaped(Buffer.from.constructor("return process")())',
  timers: "setTimeout(() => 0, 0).constructor; escaped(setTimeout.constructor('return process')())",
  'module and its parents': "module.constructor._load('node:fs').writeFileSync(canary, 'escaped')",
}

/** Written before every body. `win` takes a function constructor, `escaped` the process itself. */
export function escapePrelude(canary: string): string {
  return `const canary = ${JSON.stringify(canary)}
const escaped = (host) => host.getBuiltinModule('node:fs').writeFileSync(canary, 'escaped')
const win = (make) => escaped(make('return process')())
`
}

/** All of them. */
export const escapes: readonly Escape[] = [chains, promises, callbacks, glue, ambient].flatMap((group) =>
  Object.entries(group).map(([name, body]) => ({ name, body })),
)
